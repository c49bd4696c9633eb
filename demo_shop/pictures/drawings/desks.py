"""Desks, chairs, lamps, arms and stands."""

from math import sin

from demo_shop.pictures.canvas import Canvas, Fade, shaded
from demo_shop.pictures.drawings.base import Drawing, Words
from demo_shop.pictures.palette import (
    BRASS,
    INK,
    PALETTE,
    PAPER,
    RUBBER,
    STEEL,
    WOOD,
    Colour,
    clear,
    darker,
    lighter,
    mix,
)

WARM = (255, 240, 196)


def hills(c: Canvas, left: float, right: float, top: float, foot: float, swell: float) -> None:
    """Distant hills between two heights."""
    ridge = [(left + (right - left) * step / 24, top + swell * sin(step * 0.52 + 0.6)) for step in range(25)]
    c.shape([*ridge, (right, foot), (left, foot)], clear((74, 96, 128), 0.6))


def screen(c: Canvas, x: float, y: float, width: float, height: float) -> None:
    """Draw a screen with something calm on it; (x, y) is its upper left corner."""
    c.rect(x, y, x + width, y + height, shaded(INK), 1.6)
    c.rect(x + 1.2, y + 1.2, x + width - 1.2, y + height - 1.2, Fade((140, 176, 208), (226, 198, 186)), 1)
    hills(c, x + 1.2, x + width - 1.2, y + height * 0.66, y + height - 1.2, height * 0.12)
    c.disc(x + width * 0.7, y + height * 0.3, height * 0.09, (255, 240, 214))


def plant(c: Canvas, x: float, y: float, scale: float, pot: Colour) -> None:
    """Draw a small plant; (x, y) is the middle of its pot's foot."""
    with c.placed(dx=x - 50, dy=y - 80, scale=scale, about=(50, 80)):
        for turn, length in ((-48, 22), (-22, 28), (4, 32), (28, 27), (52, 21)):
            with c.placed(turn=turn, about=(50, 60)):
                green = PALETTE["forest"] if turn % 4 else PALETTE["sage"]
                c.blob(
                    [(50, 62), (45.6, 60 - length * 0.5), (50, 60 - length), (54.4, 60 - length * 0.5)], shaded(green)
                )
                c.line([(50, 60), (50, 62 - length)], 0.5, lighter(green, 0.3))
        c.shape([(38, 60), (62, 60), (59, 80), (41, 80)], shaded(pot, across=True))
        c.rect(36.6, 58, 63.4, 64, shaded(lighter(pot, 0.1), across=True), 1.6)


def desk(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a plain desk with four legs."""
    c.shadow(50, 83, 40, 4)
    for x, shade in ((22, 0.25), (75, 0.25), (14, 0.0), (83, 0.0)):
        c.rect(x, 47, x + 3.2, 83, shaded(darker(colour, shade)), 1)
    c.shape([(18, 40), (82, 40), (91, 46), (9, 46)], shaded(lighter(colour, 0.16)))
    c.rect(9, 45.4, 91, 50, shaded(colour), 1)
    for y in (41.6, 43.6):
        c.line([(26 - y / 10, y), (70, y)], 0.3, darker(colour, 0.12))
    c.rect(28, 50, 72, 55, shaded(darker(colour, 0.16)), 1)
    plant(c, 26, 42.4, 0.36, PALETTE["terracotta"])
    c.rect(60, 39.6, 74, 42.4, shaded(PALETTE["navy"]), 0.8)
    c.rect(61, 37.4, 73, 39.8, shaded(PALETTE["coral"]), 0.8)


def standingdesk(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a desk on two lifting columns."""
    c.shadow(50, 87, 40, 4)
    metal = PALETTE["graphite"]
    for x in (25, 72):
        c.rect(x - 9, 84, x + 12, 87.6, shaded(metal), 1.6)
        c.rect(x - 1.6, 60, x + 4.6, 85, shaded(darker(metal, 0.15), across=True), 0.8)
        c.rect(x - 2.6, 40, x + 5.6, 66, shaded(metal, across=True), 1)
    c.rect(24, 40, 78, 43.6, darker(metal, 0.1), 1)
    c.shape([(15, 32), (85, 32), (93, 37), (7, 37)], shaded(lighter(colour, 0.16)))
    c.rect(7, 36.4, 93, 41, shaded(colour), 1)
    c.rect(70, 40.6, 80, 43.6, INK, 1)
    c.rect(72, 41.4, 76, 42.8, (150, 224, 180), 0.4)
    for x, top in ((88, 50), (88, 74)):
        c.shape([(x, top - 4 if top < 60 else top + 4), (x - 3, top), (x + 3, top)], PALETTE["coral"])
    c.line([(88, 52), (88, 72)], 1.4, PALETTE["coral"])
    if "dressed" in words:
        screen(c, 34, 9, 32, 20)
        c.rect(48.6, 29, 51.4, 33, STEEL)
        c.rect(42, 32.4, 58, 34, STEEL, 0.8)
    else:
        c.rect(40, 31.4, 58, 34.2, shaded(STEEL), 0.8)
        c.shape([(42, 17), (60, 17), (58, 31.6), (40, 31.6)], shaded(STEEL))
        c.shape([(43.2, 18.4), (58.6, 18.4), (56.8, 30.4), (41.4, 30.4)], Fade((140, 176, 208), (226, 198, 186)))
    plant(c, 23, 34.4, 0.34, PALETTE["white"])
    c.rect(73, 28.6, 78, 34.4, shaded(PALETTE["terracotta"], across=True), 1)


def converter(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a riser on a table, with screen and keyboard."""
    c.shadow(50, 86, 42, 4)
    c.rect(4, 80, 96, 85, shaded(WOOD), 1.4)
    screen(c, 30, 14, 40, 25)
    c.rect(48, 39, 52, 46, STEEL)
    c.rect(22, 45, 78, 49, shaded(colour), 1.4)
    c.line([(30, 78), (64, 50)], 2.6, darker(STEEL, 0.15))
    c.line([(70, 78), (36, 50)], 2.6, STEEL)
    c.disc(50, 64, 2.2, INK)
    c.rect(12, 64, 88, 68, shaded(lighter(colour, 0.06)), 1.4)
    c.rect(30, 61.4, 66, 64.4, PAPER, 1)
    c.oval(74, 63, 3, 1.6, PAPER)
    c.rect(22, 76.6, 78, 80.4, shaded(darker(colour, 0.1)), 1.4)


def base(c: Canvas, y: float) -> None:
    """Draw the column and the five feet of a chair; ``y`` is where the column begins."""
    c.rect(47.6, y, 52.4, 78, shaded(STEEL, across=True), 1)
    for x, foot in ((26, 84), (38, 87), (62, 87), (74, 84)):
        c.line([(50, 78), (x, foot - 2)], 2.6, RUBBER)
        c.disc(x, foot, 2.6, shaded(INK))
    c.line([(50, 77), (50, 86)], 2.6, RUBBER)
    c.disc(50, 88, 2.6, shaded(INK))


def chair(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a task chair."""
    c.shadow(50, 88, 30, 4)
    base(c, 60)
    c.rect(47, 44, 53, 58, shaded(RUBBER, across=True), 1.4)
    c.rect(29, 14, 71, 49, shaded(colour), 11)
    c.rect(33, 18, 67, 45, clear((255, 255, 255), 0.08), 8)
    c.blob([(24, 56), (50, 52), (76, 56), (75, 64), (50, 67), (25, 64)], shaded(darker(colour, 0.06)))


def ergochair(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a mesh chair with arms and a headrest."""
    c.shadow(50, 88, 32, 4)
    base(c, 62)
    c.line([(50, 24), (50, 14)], 2.6, darker(STEEL, 0.2))
    c.rect(36, 7, 64, 17, shaded(colour), 5)
    c.rect(29, 19, 71, 53, shaded(darker(colour, 0.1)), 10)
    c.rect(32, 22, 68, 50, shaded(lighter(colour, 0.22)), 8)
    for x in range(35, 68, 3):
        c.line([(x, 24), (x, 48)], 0.35, clear(INK, 0.35))
    for y in range(25, 50, 3):
        c.line([(33, y), (67, y)], 0.35, clear(INK, 0.35))
    c.rect(35, 40, 65, 46, shaded(PALETTE["coral"] if colour != PALETTE["black"] else PALETTE["slate"]), 3)
    for x in (20, 74):
        c.rect(x + 1.4, 46, x + 4.6, 60, shaded(RUBBER), 1)
        c.rect(x - 2, 43, x + 8, 47.6, shaded(RUBBER), 2.2)
    c.blob([(22, 58), (50, 54), (78, 58), (77, 66), (50, 69), (23, 66)], shaded(colour))


def stool(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a saddle stool."""
    c.shadow(50, 88, 30, 4)
    base(c, 46)
    c.ring(50, 70, 12, 1.4, STEEL, 0.3)
    c.blob(
        [(20, 36), (28, 26), (40, 34), (50, 37), (60, 34), (72, 26), (80, 36), (74, 48), (50, 52), (26, 48)],
        shaded(colour),
    )
    c.curve([(24, 38), (40, 44), (60, 44), (76, 38)], 0.7, lighter(colour, 0.3))


def footrest(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a rocking board."""
    c.shadow(50, 78, 36, 5)
    for x in (24, 70):
        c.pie(x + 3, 62, 12, 15, 0, 180, shaded(darker(colour, 0.25)))
    with c.placed(turn=-7, about=(50, 58)):
        c.shape([(18, 44), (82, 44), (90, 60), (10, 60)], shaded(lighter(colour, 0.12)))
        c.rect(10, 59, 90, 63.6, shaded(colour), 1.4)
        for x in range(24, 80, 9):
            c.line([(x, 47), (x + (x - 50) * 0.2, 57)], 1.4, darker(colour, 0.3))


def cushion(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a lumbar cushion with its strap."""
    c.shadow(50, 78, 36, 5)
    c.rect(4, 50, 96, 56, darker(colour, 0.45), 2)
    c.blob(
        [(14, 38), (30, 30), (50, 34), (70, 30), (86, 38), (88, 58), (82, 74), (50, 70), (18, 74), (12, 58)],
        shaded(colour),
    )
    c.curve([(20, 44), (50, 42), (80, 44)], 0.8, darker(colour, 0.25))
    c.curve([(20, 66), (50, 62), (80, 66)], 0.8, darker(colour, 0.25))
    c.rect(66, 56, 76, 61, PALETTE["cream"], 1)


def glow(c: Canvas, points: list[tuple[float, float]]) -> None:
    """Warm light falling from a lamp."""
    c.shape(points, clear(WARM, 0.6))


def clamplamp(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a lamp with two arms, clamped to a board."""
    c.shadow(40, 88, 26, 3)
    glow(c, [(57, 44), (84, 38), (96, 84), (44, 84)])
    c.rect(8, 82, 96, 87, shaded(WOOD), 1)
    c.rect(20, 74, 32, 84, shaded(darker(colour, 0.25)), 1.6)
    c.line([(26, 75), (34, 44)], 2.2, colour)
    c.line([(29, 75), (37, 44)], 1, darker(STEEL, 0.1))
    c.line([(35, 44), (64, 24)], 2.2, colour)
    c.line([(36, 48), (62, 29)], 1, darker(STEEL, 0.1))
    c.disc(35.4, 44, 3.4, shaded(darker(colour, 0.2)))
    with c.placed(turn=-14, about=(66, 28)):
        c.rect(61, 18, 71, 28, shaded(darker(colour, 0.15), across=True), 2)
        c.shape([(60, 26), (72, 26), (84, 46), (48, 46)], shaded(colour, 0.2, across=True))
        c.oval(66, 46, 18, 2.6, WARM)


def desklamp(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a lamp with a flat head."""
    c.shadow(46, 86, 30, 4)
    glow(c, [(46, 25), (86, 25), (98, 84), (30, 84)])
    c.pipe(20, 80, 52, 84, shaded(darker(colour, 0.1), across=True), 0.2)
    c.oval(36, 80, 16, 3.2, lighter(colour, 0.12))
    c.line([(36, 80), (28, 50)], 2.8, colour)
    c.line([(28, 50), (50, 24)], 2.8, colour)
    c.disc(28, 50, 3.4, shaded(BRASS))
    c.rect(44, 18, 88, 23.6, shaded(colour), 2.8)
    c.rect(47, 22.6, 85, 25.4, WARM, 1.2)
    c.disc(36, 80, 1.4, BRASS)


def lightbar(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a bar of light on a screen; the better one with a dial."""
    c.shadow(50, 88, 32, 4)
    glow(c, [(22, 27), (78, 27), (88, 84), (12, 84)])
    screen(c, 16, 28, 68, 42)
    c.rect(46, 70, 54, 82, shaded(STEEL, across=True))
    c.rect(34, 81, 66, 85, shaded(STEEL), 1.6)
    c.rect(44, 15, 56, 29, shaded(darker(colour, 0.1)), 3)
    c.rect(18, 19, 82, 26, shaded(colour), 3.5)
    c.rect(21, 24.4, 79, 26.6, WARM, 1)
    if colour == PALETTE["black"]:
        c.pipe(76, 80, 90, 86, shaded(colour, across=True), 0.3)
        c.oval(83, 80, 7, 2.1, lighter(colour, 0.3))


def floorlamp(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a floor lamp that leans over."""
    c.shadow(36, 89, 22, 3)
    glow(c, [(58, 33), (82, 33), (92, 88), (46, 88)])
    c.pipe(22, 85, 46, 88, shaded(INK, across=True), 0.2)
    c.curve([(34, 85), (33, 50), (38, 22), (54, 12), (68, 17)], 2.2, INK)
    c.shape([(62, 16), (76, 16), (86, 34), (54, 34)], shaded(colour, 0.2, across=True))
    c.oval(70, 34, 16, 2.4, WARM)


def arm(c: Canvas, colour: Colour, words: Words) -> None:
    """One or two screens on arms."""
    c.shadow(50, 90, 40, 3)
    dual = "arm_dual" in words
    c.rect(6, 82, 94, 87, shaded(WOOD), 1)
    foot = 50 if dual else 22
    c.rect(foot - 6, 77, foot + 6, 84, shaded(darker(colour, 0.15)), 1.6)
    c.rect(foot - 2, 60, foot + 2, 80, shaded(colour, across=True), 1)
    for x in (26, 74) if dual else (56,):
        middle = (foot + x) / 2
        c.line([(foot, 64), (middle, 70)], 4.2, darker(colour, 0.1))
        c.line([(middle, 70), (x, 44)], 4, colour)
        c.disc(middle, 70, 3, shaded(darker(colour, 0.2)))
    c.disc(foot, 64, 3, shaded(darker(colour, 0.2)))
    if dual:
        screen(c, 4, 20, 45, 30)
        screen(c, 51, 20, 45, 30)
    else:
        screen(c, 24, 14, 64, 40)


def laptopstand(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a laptop on a stand."""
    c.shadow(50, 84, 36, 4)
    c.rect(26, 80, 74, 84, shaded(darker(colour, 0.1)), 1.6)
    c.line([(44, 80), (36, 62)], 4, colour)
    c.line([(58, 80), (66, 62)], 4, colour)
    c.shape([(22, 60), (78, 60), (82, 65), (18, 65)], shaded(darker(colour, 0.1)))
    c.shape([(25, 16), (75, 16), (78, 55), (22, 55)], shaded(INK))
    c.shape([(27, 18.4), (73, 18.4), (75.6, 52.6), (24.4, 52.6)], Fade((140, 176, 208), (226, 198, 186)))
    hills(c, 24.9, 75.1, 43, 52.6, 4)
    c.shape([(22, 55), (78, 55), (84, 60), (16, 60)], shaded(lighter(STEEL, 0.1)))
    c.rect(16, 59.4, 84, 61.6, darker(STEEL, 0.15), 0.8)


def shelf(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a wooden shelf below a screen, with a keyboard in its garage."""
    c.shadow(50, 86, 42, 4)
    screen(c, 22, 12, 56, 38)
    c.rect(47, 50, 53, 60, STEEL)
    c.rect(36, 58, 64, 61, STEEL, 1)
    c.rect(8, 60, 92, 65.6, shaded(lighter(colour, 0.1)), 1.4)
    for x in (11, 83):
        c.rect(x, 65, x + 6, 84, shaded(darker(colour, 0.1)), 1)
    c.rect(28, 77, 72, 83, shaded(PAPER), 1.4)
    for x in range(31, 70, 3):
        c.rect(x, 78.4, x + 2, 80, clear(INK, 0.18), 0.3)
    plant(c, 84, 60.4, 0.3, PALETTE["white"])


def planter(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a planter with something green in it."""
    c.shadow(50, 86, 26, 5)
    plant(c, 50, 86, 1.35, mix(colour, PAPER, 0.05))


DRAWINGS: dict[str, Drawing] = {
    "desk": desk,
    "standingdesk": standingdesk,
    "converter": converter,
    "chair": chair,
    "ergochair": ergochair,
    "stool": stool,
    "footrest": footrest,
    "cushion": cushion,
    "clamplamp": clamplamp,
    "desklamp": desklamp,
    "lightbar": lightbar,
    "floorlamp": floorlamp,
    "arm": arm,
    "arm_dual": arm,
    "laptopstand": laptopstand,
    "shelf": shelf,
    "planter": planter,
}

"""What goes on a bicycle: bags, pumps, tyres, computers, bottles and bells."""

from math import cos, pi, sin

from demo_shop.pictures.canvas import Canvas, Fade, shaded
from demo_shop.pictures.drawings.base import Drawing, Words
from demo_shop.pictures.palette import BRASS, INK, PALETTE, PAPER, RUBBER, STEEL, Colour, clear, darker, lighter


def rack(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a rear rack."""
    c.shadow(50, 80, 34, 4)
    for x, foot in ((30, 44), (46, 50), (68, 54)):
        c.line([(x, 38), (foot, 76)], 2.2, darker(colour, 0.12))
    c.disc(49, 77, 2.8, STEEL)
    c.shape([(22, 30), (78, 30), (84, 38), (16, 38)], shaded(lighter(colour, 0.1)))
    for x in (32, 46, 60):
        c.shape([(x + 1, 32), (x + 9, 32), (x + 9.6, 36.4), (x, 36.4)], darker(colour, 0.55))
    c.line([(15, 39), (85, 39)], 2.6, colour)
    c.rect(84, 34, 91, 43, shaded(PALETTE["red"]), 2)


def pannier(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a waterproof bag with a rolled top."""
    c.shadow(50, 85, 30, 5)
    c.shape([(26, 30), (74, 30), (78, 84), (22, 84)], shaded(colour))
    c.rect(22, 80, 78, 86, shaded(darker(colour, 0.35)), 3)
    c.rect(22, 22, 78, 31, shaded(darker(colour, 0.16)), 4)
    c.rect(26, 17.5, 74, 24, shaded(colour), 3)
    for x in (24, 76):
        c.line([(x, 26), (x + (2 if x < 50 else -2), 50)], 2, darker(colour, 0.45))
        c.rect(x - 2.6 + (1.5 if x < 50 else -1.5), 40, x + 2.6 + (1.5 if x < 50 else -1.5), 46, RUBBER, 1)
    c.disc(50, 58, 9, PAPER)
    c.rect(45, 56.6, 55, 59.4, colour, 1)


def panniers(c: Canvas, colour: Colour, words: Words) -> None:
    """Two bags joined over a rack."""
    c.shadow(50, 81, 40, 5)
    c.rect(36, 26, 64, 34, shaded(darker(colour, 0.3)), 2)
    for x in (10, 54):
        c.rect(x, 34, x + 36, 80, shaded(colour), 5)
        c.rect(x, 30, x + 36, 52, shaded(lighter(colour, 0.1)), 5)
        c.line([(x + 1, 52), (x + 35, 52)], 0.9, darker(colour, 0.4))
        for strap in (9, 27):
            c.rect(x + strap - 1.6, 40, x + strap + 1.6, 60, PALETTE["walnut"], 0.8)
            c.rect(x + strap - 2.6, 51, x + strap + 2.6, 56, BRASS, 0.8)
        c.line([(x + 4, 73), (x + 32, 73)], 1.4, (232, 236, 238))


def barbag(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a bag on a handlebar."""
    c.shadow(50, 80, 32, 5)
    c.line([(8, 30), (92, 30)], 4, INK)
    for x in (37, 63):
        c.rect(x - 3.4, 24, x + 3.4, 42, shaded(PALETTE["walnut"]), 1.5)
    c.rect(22, 38, 78, 79, shaded(colour), 8)
    c.rect(22, 36, 78, 53, shaded(lighter(colour, 0.12)), 7)
    c.rect(30, 38.6, 70, 47, clear((214, 230, 238), 0.75), 2)
    c.line([(24, 54), (76, 54)], 0.9, darker(colour, 0.4))
    c.rect(44, 60, 56, 66, PALETTE["cream"], 1)


def saddlebag(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a small bag under a saddle."""
    c.shadow(50, 78, 30, 5)
    c.blob([(14, 32), (34, 24), (60, 26), (84, 30), (88, 34), (62, 37), (36, 40), (16, 40)], shaded(INK))
    c.line([(26, 40), (50, 45), (76, 35)], 1.4, STEEL)
    c.line([(48, 40), (44, 62)], 4, darker(STEEL, 0.1))
    c.blob([(18, 48), (46, 46), (70, 50), (66, 66), (46, 74), (24, 74), (16, 62)], shaded(colour))
    c.curve([(20, 56), (44, 53), (67, 56)], 0.9, lighter(colour, 0.3))
    c.rect(22, 60, 32, 67, (236, 238, 238), 1.5)


def packbag(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a long bag that sticks out behind a saddle."""
    c.shadow(50, 76, 38, 5)
    with c.placed(turn=10, dx=-2, scale=0.9):
        c.blob(
            [(12, 36), (30, 29), (60, 33), (84, 42), (88, 50), (70, 62), (40, 68), (16, 66), (9, 52)], shaded(colour)
        )
        c.shape([(12, 36), (9, 52), (16, 66), (24, 67), (19, 52), (22, 33)], darker(colour, 0.28))
        for x in (36, 54):
            c.curve([(x, 31), (x + 4, 48), (x + 1, 66)], 2, darker(colour, 0.45))
            c.rect(x + 1, 46, x + 7, 52, RUBBER, 1)
        c.blob([(62, 30), (84, 26), (97, 30), (98, 35), (80, 37), (64, 36)], shaded(INK))


def basket(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a woven basket with bread and flowers."""
    c.shadow(50, 81, 34, 5)
    c.rect(30, 22, 40, 48, shaded(PALETTE["oak"]), 5)
    for y in (26, 31, 36):
        c.line([(32, y + 2), (38, y)], 0.8, darker(PALETTE["oak"], 0.3))
    for x, y, petal in ((58, 26, "coral"), (66, 20, "mustard"), (72, 29, "berry")):
        c.line([(64, 46), (x, y)], 0.9, PALETTE["forest"])
        for turn in range(5):
            c.disc(x + 2.6 * cos(turn * 1.256), y + 2.6 * sin(turn * 1.256), 2.2, PALETTE[petal])
        c.disc(x, y, 1.7, PALETTE["cream"])
    tan = lighter(colour, 0.28)
    c.shape([(18, 44), (82, 44), (75, 80), (25, 80)], shaded(tan))
    for row in range(7):
        y, half = 47 + row * 4.7, 31.4 - row * 0.95
        for place in range(13):
            x = 50 - half + 2 * half * place / 12
            if (row + place) % 2:
                c.rect(x - 2.1, y, x + 2.1, y + 3, darker(tan, 0.2), 1)
    c.rect(15, 40, 85, 46.4, shaded(colour), 3)


def phonemount(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a phone with a map on a handlebar."""
    c.shadow(50, 84, 26, 5)
    c.line([(10, 72), (90, 72)], 4.4, INK)
    c.rect(44, 64, 56, 77, shaded(RUBBER), 2)
    c.rect(32, 14, 68, 68, shaded(INK), 5)
    c.rect(34.4, 17, 65.6, 65, Fade((226, 236, 224), (206, 224, 210)), 3)
    c.curve([(36, 60), (44, 52), (50, 42), (60, 34), (64, 22)], 3, PAPER)
    c.curve([(36, 60), (44, 52), (50, 42), (56, 37)], 2, PALETTE["sky"])
    c.blob([(50, 24), (56, 26), (54, 32), (46, 30)], (178, 210, 182))
    c.disc(56, 37, 3.2, PALETTE["coral"])
    c.disc(56, 37, 1.3, PAPER)
    for x in (30, 64):
        for y in (14, 60):
            c.rect(x, y, x + 6, y + 8, shaded(colour), 2)


def floorpump(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a floor pump with its hose."""
    c.shadow(50, 87, 28, 4)
    c.curve([(56, 78), (78, 70), (76, 40), (62, 30), (56, 36)], 2.2, RUBBER)
    c.line([(50, 16), (50, 36)], 2.2, STEEL)
    c.rect(28, 10, 72, 16.6, shaded(PALETTE["oak"]), 3.3)
    c.pipe(44.6, 32, 55.4, 78, shaded(colour, 0.26, across=True))
    c.rect(43, 30, 57, 35, shaded(RUBBER, across=True), 1.5)
    c.rect(26, 80, 74, 86, shaded(RUBBER), 3)
    c.disc(50, 72, 9.4, shaded(STEEL))
    c.disc(50, 72, 7.6, PAPER)
    c.arc(50, 72, 5.6, 5.6, 150, 330, 1.2, PALETTE["sage"])
    c.arc(50, 72, 5.6, 5.6, 330, 390, 1.2, PALETTE["red"])
    c.line([(50, 72), (53, 68)], 0.8, INK)


def minipump(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a short pump."""
    c.shadow(50, 72, 36, 5)
    with c.placed(turn=-28):
        c.rect(10, 45, 30, 57, shaded(RUBBER), 4)
        c.rect(28, 46.4, 74, 55.6, shaded(colour), 2)
        c.rect(46, 45, 62, 57, shaded(darker(colour, 0.2)), 2)
        for x in range(48, 61, 3):
            c.line([(x, 45.6), (x, 56.4)], 0.5, clear(INK, 0.3))
        c.rect(72, 44, 86, 58, shaded(RUBBER), 3)
        c.rect(78, 37, 84, 45, shaded(STEEL, across=True), 1)
        c.rect(14, 49.6, 24, 52.4, PALETTE["red"], 1)


def co2(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw an inflator head and two cartridges."""
    c.shadow(50, 82, 30, 5)
    for x, shade in ((28, STEEL), (72, STEEL)):
        c.rect(x - 3, 28, x + 3, 36, shaded(BRASS, across=True), 1)
        c.rect(x - 9, 34, x + 9, 80, shaded(shade, 0.3, across=True), 7)
        c.rect(x - 9, 52, x + 9, 64, colour)
        c.rect(x - 5, 56.6, x + 5, 59, PAPER, 0.8)
    c.rect(44, 40, 56, 80, shaded(RUBBER, across=True), 5)
    c.rect(42, 26, 58, 42, shaded(colour, across=True), 3)
    c.rect(56, 29, 65, 36, shaded(STEEL), 1.5)
    c.rect(46, 18, 54, 27, shaded(darker(colour, 0.3), across=True), 2)


def tyre(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a tyre seen at an angle; a coloured sidewall where it has one."""
    c.shadow(50, 86, 30, 5)
    wall = colour if colour not in (PALETTE["graphite"],) else lighter(RUBBER, 0.12)
    knobs = colour == PALETTE["walnut"]
    for step in range(60):
        angle = step * pi / 30
        x, y = 50 + 35.4 * cos(angle), 50 + 35.4 * sin(angle)
        with c.placed(turn=angle * 180 / pi, about=(x, y)):
            size = 1.6 if knobs else 0.8
            c.rect(x - 1, y - size / 2, x + (1.5 if knobs else 0.8), y + size / 2, RUBBER, 0.2)
    c.ring(50, 50, 30.6, 10.4, shaded(RUBBER))
    c.ring(50, 50, 27.4, 4.6, shaded(wall))
    c.ring(50, 50, 32.6, 0.6, clear((255, 255, 255), 0.14))
    if colour == PALETTE["graphite"]:
        c.ring(50, 50, 27.4, 1, (226, 230, 232))
    c.arc(50, 50, 31.6, 31.6, 205, 245, 1.4, clear((255, 255, 255), 0.3))


def tube(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a folded tube before its box."""
    c.shadow(50, 80, 34, 5)
    c.rect(38, 24, 80, 70, shaded(PALETTE["teal"]), 2)
    c.rect(44, 30, 74, 44, PAPER, 1.5)
    c.ring(59, 37, 5, 1.8, RUBBER)
    c.rect(44, 50, 62, 52.4, clear((255, 255, 255), 0.6), 0.8)
    for place in range(3):
        c.ring(36, 56 + place * 2.4, 21 - place * 3.6, 4.4, shaded(darker(colour, 0.1 * place)), 0.86)
    c.rect(50, 70, 62, 73, shaded(BRASS), 1)
    c.rect(61, 69.4, 66, 73.6, INK, 1)
    c.rect(30, 50, 42, 66, PALETTE["mustard"], 2)


def digit(c: Canvas, x: float, y: float, bars: str) -> None:
    """Draw a digit of seven bars, named a to g as is usual: clockwise from the top, g in the middle."""
    ends = {
        "a": ((0, 0), (6, 0)),
        "b": ((6, 0), (6, 8)),
        "c": ((6, 8), (6, 16)),
        "d": ((0, 16), (6, 16)),
        "e": ((0, 8), (0, 16)),
        "f": ((0, 0), (0, 8)),
        "g": ((0, 8), (6, 8)),
    }
    for bar in bars:
        (ax, ay), (bx, by) = ends[bar]
        c.line([(x + ax, y + ay), (x + bx, y + by)], 1.5, INK)


def computer(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a bicycle computer on its mount."""
    large, plain = colour == PALETTE["black"], colour == PALETTE["white"]
    c.shadow(50, 84, 24, 5)
    c.line([(14, 82), (86, 82)], 4.4, INK)
    c.rect(42, 74, 58, 86, shaded(RUBBER), 2)
    top = 14 if large else 22
    half = 23 if large else 20
    c.rect(50 - half, top, 50 + half, 78, shaded(colour), 7)
    left, right = 50 - half + 4, 50 + half - 4
    if plain:
        c.rect(left, top + 5, right, 62, Fade((206, 216, 200), (186, 198, 182)), 2)
        for x, bars in ((37, "abged"), (46, "fgbc"), (56, "afgcd")):
            digit(c, x, 33, bars)
        c.rect(37, 55, 54, 57, clear(INK, 0.5), 0.6)
    else:
        c.rect(left, top + 4, right, 66, Fade((228, 238, 228), (208, 224, 214)), 2.5)
        c.curve(
            [(left + 2, 62), (left + 10, 52), (50, 44), (right - 8, 34), (right - 3, top + 8)], 2.6, PALETTE["coral"]
        )
        c.blob([(left + 6, top + 12), (left + 14, top + 10), (left + 12, top + 20)], (174, 208, 180))
        c.shape([(50, 39), (54.4, 48), (50, 46), (45.6, 48)], PALETTE["navy"])
        c.rect(left, 57, right, 66, clear(INK, 0.85), 2)
        c.rect(left + 3, 60, left + 12, 63, PAPER, 0.6)
        c.rect(right - 10, 60, right - 3, 63, (150, 224, 180), 0.6)
    c.disc(50, 72, 2.2, darker(colour, 0.3))


def bottle_bike(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a drinking bottle."""
    c.shadow(50, 87, 20, 4)
    c.rect(34, 32, 66, 86, shaded(colour, 0.22, across=True), 7)
    c.rect(35.4, 48, 64.6, 53, darker(colour, 0.2), 2)
    c.shape([(36, 33), (40, 25), (60, 25), (64, 33)], shaded(RUBBER, across=True))
    c.rect(43, 18, 57, 26, shaded(darker(RUBBER, 0.1), across=True), 2)
    c.rect(45, 12, 55, 19, shaded(PALETTE["white"], across=True), 3)
    c.rect(44, 62, 56, 64.6, clear((255, 255, 255), 0.75), 1)
    c.rect(44, 68, 52, 70, clear((255, 255, 255), 0.5), 1)
    c.gleam([(38, 36), (41, 36), (41, 82), (38, 82)], 0.25)


def cage(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a bottle cage on a piece of frame."""
    c.shadow(50, 86, 26, 4)
    with c.placed(turn=14):
        c.rect(28, 6, 37, 94, shaded(PALETTE["teal"], across=True), 4)
        c.rect(36, 28, 41, 74, shaded(darker(colour, 0.1)), 2)
        c.disc(38.5, 38, 1.6, STEEL)
        c.disc(38.5, 62, 1.6, STEEL)
        c.curve(
            [(40, 36), (54, 30), (66, 34), (68, 40), (60, 46), (66, 60), (68, 76), (58, 80), (44, 78), (40, 68)],
            3,
            colour,
        )
        c.curve([(41, 72), (56, 66), (67, 70)], 2.4, darker(colour, 0.15))


def bell(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a brass bell."""
    c.shadow(50, 82, 30, 5)
    c.line([(10, 74), (90, 74)], 5, INK)
    c.rect(42, 64, 58, 79, shaded(RUBBER), 2)
    brass = BRASS
    c.pie(50, 60, 31, 34, 180, 360, shaded(brass, 0.25, across=True))
    c.rect(18, 58, 82, 64, shaded(darker(brass, 0.12), across=True), 3)
    c.disc(50, 27, 3.4, shaded(darker(brass, 0.2)))
    c.blob([(28, 52), (31, 40), (40, 32), (36, 42), (33, 53)], clear((255, 255, 255), 0.5))
    c.line([(78, 56), (92, 50)], 2.6, STEEL)
    c.disc(92, 50, 3, shaded(STEEL))


def mudguards(c: Canvas, colour: Colour, words: Words) -> None:
    """Two mudguards with their stays."""
    c.shadow(50, 80, 40, 5)
    for x, y, start, end in ((40, 72, 180, 330), (60, 88, 190, 300)):
        c.arc(x, y, 30, 34, start, end, 7, colour)
        c.arc(x, y, 31.6, 35.6, start + 4, end - 6, 1, clear((255, 255, 255), 0.22))
        c.line([(x, y - 2), (x - 27, y - 14)], 0.9, STEEL)
        c.line([(x, y - 2), (x - 20, y - 26)], 0.9, STEEL)
    c.rect(6, 70, 14.6, 82, shaded(RUBBER), 2)


def childseat(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a child seat with its straps."""
    c.shadow(50, 87, 30, 4)
    c.line([(50, 74), (80, 80)], 3, STEEL)
    c.rect(28, 12, 72, 66, shaded(colour), 15)
    c.rect(34, 18, 66, 60, shaded(PALETTE["coral"]), 11)
    c.rect(26, 56, 74, 74, shaded(darker(colour, 0.08)), 8)
    c.rect(32, 57, 68, 68, shaded(darker(PALETTE["coral"], 0.12)), 6)
    for x in (27, 63):
        c.rect(x, 70, x + 10, 90, shaded(darker(colour, 0.2)), 4)
        c.rect(x - 2, 84, x + 12, 90, shaded(RUBBER), 3)
    c.curve([(42, 24), (46, 44), (50, 56)], 2.4, INK)
    c.curve([(58, 24), (54, 44), (50, 56)], 2.4, INK)
    c.rect(46, 52, 54, 59, PALETTE["mustard"], 1.6)


DRAWINGS: dict[str, Drawing] = {
    "rack": rack,
    "pannier": pannier,
    "panniers": panniers,
    "barbag": barbag,
    "saddlebag": saddlebag,
    "packbag": packbag,
    "basket": basket,
    "phonemount": phonemount,
    "floorpump": floorpump,
    "minipump": minipump,
    "co2": co2,
    "tyre": tyre,
    "tube": tube,
    "computer": computer,
    "bottle_bike": bottle_bike,
    "cage": cage,
    "bell": bell,
    "mudguards": mudguards,
    "childseat": childseat,
}

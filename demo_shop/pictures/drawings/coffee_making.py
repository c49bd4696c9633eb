"""Beans, grinders, brewers, kettles and espresso machines."""

from demo_shop.pictures.canvas import Canvas, Fade, shaded
from demo_shop.pictures.drawings.base import Drawing, Words
from demo_shop.pictures.palette import (
    BRASS,
    COFFEE,
    GLASS,
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


def bean(c: Canvas, x: float, y: float, turn: float, scale: float = 1) -> None:
    """One roasted bean."""
    with c.placed(dx=x - 50, dy=y - 50, turn=turn, scale=scale):
        c.oval(50, 50, 3.6, 2.5, shaded(COFFEE))
        c.curve([(46.8, 50), (49, 49.3), (51, 50.7), (53.2, 50)], 0.6, darker(COFFEE, 0.45))


def cup_front(c: Canvas, x: float, y: float, scale: float, colour: Colour, *, handle: bool = True) -> None:
    """Draw a cup seen from a little above; (x, y) is the middle of its rim."""
    with c.placed(dx=x - 50, dy=y - 50, scale=scale):
        if handle:
            c.ring(68, 59, 6, 2.6, darker(colour, 0.1))
        c.blob([(32, 50), (33.6, 64), (40, 74), (50, 76), (60, 74), (66.4, 64), (68, 50)], shaded(colour, across=True))
        c.oval(50, 50, 18, 5, lighter(colour, 0.3))
        c.oval(50, 50.4, 16, 4, Fade(lighter(COFFEE, 0.25), COFFEE))


def beans(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a bag of coffee with its label, beans before it."""
    c.shadow(50, 84, 30, 5)
    c.shape([(27, 22), (73, 22), (77, 84), (23, 84)], shaded(mix(colour, INK, 0.12), across=True))
    c.shape([(27, 22), (34, 22), (31, 84), (23, 84)], clear(INK, 0.12))
    c.shape([(73, 22), (67, 22), (71, 84), (77, 84)], clear((255, 255, 255), 0.1))
    c.rect(26, 16, 74, 25, shaded(darker(colour, 0.3)), 1)
    c.rect(22, 18.6, 78, 21, BRASS, 0.8)
    c.rect(33, 36, 67, 68, PAPER, 2)
    c.disc(50, 47, 7, colour)
    bean(c, 50, 47, -38, 1.5)
    c.rect(38, 58, 62, 60, darker(colour, 0.3), 0.8)
    c.rect(42, 62.4, 58, 63.8, clear(INK, 0.28), 0.6)
    c.disc(50, 30.5, 1.5, clear(INK, 0.4))
    for x, y, turn in ((18, 83, 20), (25.5, 87, -30), (78, 86, 70), (85, 83.6, 10)):
        bean(c, x, y, turn, 1.1)


def tin(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a tin of drinking chocolate."""
    c.shadow(50, 82, 28, 5)
    c.pipe(28, 32, 72, 80, shaded(colour, 0.25, across=True))
    c.pipe(28, 46, 72, 68, shaded(PALETTE["cream"], 0.12, across=True))
    c.pipe(26.6, 24, 73.4, 31, shaded(STEEL, across=True))
    c.oval(50, 24, 23.4, 3.8, lighter(STEEL, 0.4))
    for row, y in enumerate((53, 60)):
        for column in range(3):
            c.rect(40.4 + column * 6.6, y + 1.6, 46 + column * 6.6, y + 7.2, darker(colour, 0.1 + 0.1 * row), 0.8)


def handgrinder(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a hand grinder with its crank."""
    c.shadow(50, 86, 20, 4)
    c.line([(50, 20), (74, 17)], 2.6, STEEL)
    c.line([(50, 25), (50, 19)], 3, darker(STEEL, 0.2))
    c.disc(75, 14.4, 4.6, shaded(PALETTE["walnut"]))
    c.pipe(40, 26, 60, 34, shaded(STEEL, across=True))
    c.pipe(37, 34, 63, 62, shaded(colour, 0.26, across=True))
    c.pipe(38, 61, 62, 65, shaded(RUBBER, across=True))
    c.pipe(37, 65, 63, 84, shaded(lighter(colour, 0.1), 0.26, across=True))
    for place in range(7):
        c.line(
            [(40 + place * 3.3, 39 + 1.6 * (1 - abs(place - 3) / 3)), (40 + place * 3.3, 57)],
            0.5,
            clear((255, 255, 255), 0.16),
        )


def grinder(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw an electric grinder with a hopper full of beans."""
    c.shadow(50, 86, 24, 5)
    c.shape([(36, 16), (64, 16), (60, 36), (40, 36)], Fade(GLASS, mix(GLASS, INK, 0.12)))
    c.shape([(37.6, 24), (62.4, 24), (60, 36), (40, 36)], COFFEE)
    for x, y, turn in (
        (43, 24.6, 10),
        (49, 24, 60),
        (56, 24.6, -20),
        (46, 28, 80),
        (53, 28.6, 30),
        (58, 29, 0),
        (50, 32, -40),
    ):
        bean(c, x, y, turn, 0.9)
    c.rect(34.6, 13, 65.4, 17, shaded(RUBBER), 1.5)
    c.rect(35, 35, 65, 41, shaded(RUBBER, across=True), 1.5)
    c.rect(32, 40, 68, 85, shaded(colour, 0.2, across=True), 5)
    c.rect(38, 58, 62, 79, darker(colour, 0.45), 3)
    c.rect(46, 56, 54, 62, RUBBER, 1)
    c.shape([(41, 66), (59, 66), (57, 80), (43, 80)], Fade(GLASS, mix(GLASS, INK, 0.15)))
    c.shape([(41.8, 72), (58.2, 72), (57, 80), (43, 80)], lighter(COFFEE, 0.12))
    c.disc(50, 49, 4.4, shaded(STEEL))
    c.line([(50, 49), (52, 46.4)], 0.9, INK)


def lever(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a manual lever espresso maker."""
    c.shadow(50, 86, 26, 5)
    c.rect(28, 80, 72, 85, shaded(darker(colour, 0.2)), 2)
    c.curve([(33, 82), (31, 60), (35, 40), (46, 32)], 5, darker(colour, 0.1))
    c.rect(42, 30, 64, 56, shaded(colour, across=True), 3)
    c.rect(40, 54, 66, 60, shaded(STEEL, across=True), 1.5)
    c.rect(62, 55, 82, 58.6, shaded(PALETTE["walnut"]), 1.6)
    c.rect(50, 59, 56, 63, RUBBER, 1)
    with c.placed(turn=-24, about=(53, 26)):
        c.line([(53, 30), (53, 8)], 3.2, STEEL)
        c.rect(50.2, -1, 55.8, 12, shaded(PALETTE["walnut"], across=True), 2.4)
    c.disc(53, 29, 3.4, shaded(STEEL))
    c.disc(53, 42, 4.4, PAPER)
    c.line([(53, 42), (55.4, 39.6)], 0.8, PALETTE["red"])
    cup_front(c, 53, 70.4, 0.44, PALETTE["cream"])


def espresso(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw an espresso machine with cups on top."""
    c.shadow(50, 86, 36, 5)
    for x in (35, 48, 61):
        c.shape([(x, 17), (x + 10, 17), (x + 8.6, 25), (x + 1.4, 25)], shaded(PALETTE["cream"]))
    c.rect(20, 24, 80, 84, shaded(colour), 6)
    c.rect(20, 24, 80, 42, shaded(lighter(colour, 0.08)), 6)
    c.rect(26, 46, 74, 77, darker(colour, 0.5), 3)
    for x in (29, 36, 43):
        c.disc(x, 34, 2.3, shaded(STEEL))
    c.disc(66, 34, 5.4, shaded(STEEL))
    c.disc(66, 34, 4.2, PAPER)
    c.line([(66, 34), (68, 31.6)], 0.8, PALETTE["red"])
    c.rect(42, 44, 58, 50, shaded(STEEL, across=True), 1.5)
    c.rect(40, 50, 60, 54.6, shaded(darker(STEEL, 0.15), across=True), 1.5)
    c.rect(58, 50.6, 78, 54, shaded(PALETTE["walnut"]), 1.7)
    c.rect(47, 54, 53, 57.6, RUBBER, 1)
    c.curve([(31, 45), (29, 56), (31, 68)], 1.6, STEEL)
    c.line([(48.6, 58), (48.6, 65)], 0.7, COFFEE)
    c.line([(51.4, 58), (51.4, 65)], 0.7, COFFEE)
    cup_front(c, 50, 65, 0.46, PAPER)
    c.rect(22, 76, 78, 80, shaded(STEEL), 1.5)
    for x in range(27, 76, 5):
        c.rect(x, 77.2, x + 3, 78.6, clear(INK, 0.5), 0.5)
    c.rect(24, 83, 32, 86, RUBBER, 1)
    c.rect(68, 83, 76, 86, RUBBER, 1)


def dripper_top(c: Canvas, colour: Colour, y: float) -> None:
    """Draw a dripper with its paper; ``y`` is its foot."""
    c.shape([(30, y - 31), (70, y - 31), (66, y - 38), (34, y - 38)], PAPER)
    c.arc(71, y - 20, 7, 7, -110, 110, 2.8, darker(colour, 0.12))
    c.shape([(28, y - 31), (72, y - 31), (56, y - 4), (44, y - 4)], shaded(colour, 0.2, across=True))
    for x, foot in ((37, 47), (44, 49), (50, 50), (56, 51), (63, 53)):
        c.line([(x, y - 28), (foot, y - 7)], 0.6, clear(INK, 0.1))
    c.oval(50, y - 31, 22, 4.6, lighter(colour, 0.3))
    c.oval(50, y - 30.8, 19, 3.6, Fade(lighter(COFFEE, 0.2), COFFEE))
    c.rect(34, y - 5, 66, y, shaded(darker(colour, 0.05), across=True), 2)


def dripper(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a dripper on a cup."""
    c.shadow(50, 85, 28, 5)
    cup_front(c, 50, 56, 1.12, PALETTE["sage"] if colour == PALETTE["white"] else PAPER)
    dripper_top(c, colour, 57)


def dripperset(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a dripper on a glass server with a wooden collar."""
    c.shadow(50, 86, 28, 5)
    server_body(c, 54, 0.92)
    dripper_top(c, colour, 53)
    c.rect(40, 53, 60, 59, shaded(WOOD, across=True), 1.5)


def server_body(c: Canvas, top: float, scale: float) -> None:
    """Draw a glass jug with coffee in it."""
    with c.placed(dy=top - 40, scale=scale, about=(50, 40)):
        c.curve([(60, 45), (72, 43), (80, 54), (78, 66), (69, 70)], 2.2, mix(GLASS, INK, 0.22))
        c.blob(
            [(40, 41), (38, 48), (29, 62), (30, 76), (38, 80), (62, 80), (70, 76), (71, 62), (62, 48), (60, 41)],
            clear(GLASS, 0.85),
        )
        c.blob(
            [(31, 62), (30.6, 75), (38, 79), (62, 79), (69.4, 75), (69, 62)],
            Fade(lighter(COFFEE, 0.1), darker(COFFEE, 0.2)),
        )
        c.oval(50, 62, 19.4, 3, lighter(COFFEE, 0.25))
        c.gleam([(35, 56), (38, 52), (36, 74), (34, 72)], 0.4)


def server(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a glass server."""
    c.shadow(50, 84, 28, 5)
    with c.placed(scale=1.3, about=(50, 84)):
        server_body(c, 43, 1.0)
        c.rect(38, 40, 62, 45, shaded(RUBBER, across=True), 1.5)
        c.disc(50, 38.6, 2.4, shaded(WOOD))


def press(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a French press."""
    c.shadow(50, 86, 26, 5)
    solid = colour == PALETTE["silver"]
    c.arc(69, 56, 12, 17, -90, 90, 4, RUBBER if solid else darker(colour, 0.1))
    c.line([(50, 12), (50, 32)], 1.8, STEEL)
    c.disc(50, 11, 4, shaded(INK if solid else PALETTE["walnut"]))
    if solid:
        c.pipe(32, 34, 68, 84, shaded(colour, 0.3, across=True))
        c.line([(34, 42), (66, 42)], 0.6, clear(INK, 0.2))
    else:
        c.pipe(32, 34, 68, 84, clear(GLASS, 0.9))
        c.pipe(33, 48, 67, 83, Fade(lighter(COFFEE, 0.08), darker(COFFEE, 0.25)))
        c.oval(50, 48, 17, 2.8, lighter(COFFEE, 0.28))
        for y in (44, 80):
            c.rect(31, y - 1.5, 69, y + 1.5, shaded(colour, across=True), 1)
        for x in (32.4, 66.2):
            c.rect(x, 34, x + 1.6, 85, shaded(colour), 0.6)
        c.gleam([(37, 50), (40, 50), (40, 76), (37, 76)], 0.3)
    c.shape([(30, 35), (33, 29), (67, 29), (70, 35)], shaded(STEEL if solid else colour))
    c.shape([(30, 35), (24, 32), (33, 30)], shaded(STEEL if solid else colour))


def moka(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a moka pot with eight sides."""
    c.shadow(50, 86, 24, 5)
    c.line([(66, 30), (79, 30), (76, 52)], 4.4, INK)
    for points, depth in (
        ([(36, 27), (64, 27), (60, 52), (40, 52)], 0.2),
        ([(40, 56), (60, 56), (67, 84), (33, 84)], 0.24),
    ):
        c.shape(points, shaded(colour, depth, across=True))
        (a, _), (b, _), (d, _), (e, _) = points
        for share in (0.3, 0.68):
            top, foot = a + (b - a) * share, e + (d - e) * share
            c.line([(top, points[0][1]), (foot, points[2][1])], 0.5, clear((255, 255, 255), 0.4))
    c.shape([(36, 27), (29, 30), (37, 34)], darker(colour, 0.15))
    c.rect(39, 51, 61, 57, shaded(darker(colour, 0.2), across=True), 1.5)
    c.shape([(35, 27), (50, 19), (65, 27)], shaded(lighter(colour, 0.15), across=True))
    c.rect(47.6, 13, 52.4, 20, INK, 1.6)
    c.disc(58, 64, 1.6, BRASS)


def travelpress(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a tube brewer over a mug."""
    c.shadow(50, 87, 22, 4)
    cup_front(c, 48, 64, 0.84, PALETTE["cream"])
    c.rect(36, 58, 62, 62, shaded(colour, across=True), 2)
    c.pipe(40, 28, 58, 58, clear(GLASS, 0.9))
    c.rect(41, 44, 57, 58, Fade(COFFEE, darker(COFFEE, 0.2)))
    c.rect(41, 40, 57, 44, RUBBER, 1)
    c.pipe(43, 14, 55, 40, shaded(colour, across=True))
    c.rect(39, 10, 59, 14.6, shaded(darker(colour, 0.2), across=True), 2)
    for y in (48, 52):
        c.line([(53, y), (56.4, y)], 0.6, PAPER)


def coldbrew(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a tall bottle with a sleeve of coffee inside."""
    c.shadow(50, 87, 20, 4)
    c.blob(
        [
            (43, 22),
            (42, 32),
            (36, 40),
            (35, 60),
            (35, 82),
            (40, 86),
            (60, 86),
            (65, 82),
            (65, 60),
            (64, 40),
            (58, 32),
            (57, 22),
        ],
        clear(GLASS, 0.9),
    )
    c.rect(36.4, 44, 63.6, 85, Fade(lighter(COFFEE, 0.18), COFFEE), 4)
    c.rect(44, 32, 56, 76, clear(INK, 0.28), 3)
    c.rect(41.6, 15, 58.4, 25, shaded(colour), 2.5)
    c.rect(40, 23, 60, 27, shaded(darker(colour, 0.2)), 1.5)
    c.gleam([(39, 46), (42, 46), (42, 78), (39, 78)], 0.3)


def filtermachine(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a filter machine with its jug."""
    c.shadow(50, 87, 32, 5)
    c.rect(24, 16, 44, 85, shaded(colour, across=True), 4)
    c.rect(24, 16, 78, 36, shaded(lighter(colour, 0.06)), 5)
    c.rect(24, 78, 80, 86, shaded(darker(colour, 0.1)), 3)
    c.rect(28, 22, 33, 72, clear(PALETTE["sky"], 0.45), 1.5)
    c.shape([(50, 36), (76, 36), (71, 50), (55, 50)], shaded(RUBBER))
    with c.placed(dx=13, dy=12, scale=0.72, about=(50, 50)):
        server_body(c, 44, 0.98)
        c.rect(40, 41, 60, 45, RUBBER, 1.4)
    c.rect(28, 80.5, 34, 83, PALETTE["amber"], 1)


def kettle(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a kettle with a swan's neck; electric ones stand on a base."""
    c.shadow(48, 86, 30, 5)
    c.curve([(62, 66), (76, 62), (76, 44), (84, 34), (90, 33)], 4, darker(colour, 0.12))
    c.curve([(34, 36), (17, 36), (14, 54), (20, 66)], 4.6, PALETTE["walnut"] if colour == PALETTE["silver"] else INK)
    c.shape([(34, 34), (64, 34), (71, 80), (27, 80)], shaded(colour, 0.26, across=True))
    c.gleam([(38, 38), (42, 38), (37, 76), (33, 76)], 0.2)
    c.oval(49, 34, 15.4, 3.6, lighter(colour, 0.25))
    c.oval(49, 33.2, 12, 2.6, darker(colour, 0.15))
    c.rect(46.6, 25, 51.4, 33, shaded(PALETTE["walnut"], across=True), 1.8)
    if "electric" in words:
        c.rect(22, 80, 76, 86, shaded(RUBBER), 2.5)
        c.rect(56, 81.6, 70, 84.4, (90, 214, 206), 0.8)
    else:
        c.rect(27, 78.6, 71, 82, shaded(darker(colour, 0.25)), 1.5)


DRAWINGS: dict[str, Drawing] = {
    "beans": beans,
    "tin": tin,
    "handgrinder": handgrinder,
    "grinder": grinder,
    "lever": lever,
    "espresso": espresso,
    "dripper": dripper,
    "dripperset": dripperset,
    "server": server,
    "press": press,
    "moka": moka,
    "travelpress": travelpress,
    "coldbrew": coldbrew,
    "filtermachine": filtermachine,
    "kettle": kettle,
}

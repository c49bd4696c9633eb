"""Cups, filters, barista tools and what keeps coffee machines clean."""

from demo_shop.pictures.canvas import Canvas, Fade, shaded
from demo_shop.pictures.drawings.base import Drawing, Words
from demo_shop.pictures.drawings.coffee_making import bean, cup_front
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


def scale(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a flat scale with a cup on it."""
    c.shadow(50, 80, 36, 5)
    cup_front(c, 50, 42, 0.86, PALETTE["terracotta"])
    c.shape([(22, 62), (78, 62), (86, 70), (14, 70)], shaded(lighter(colour, 0.1)))
    c.rect(14, 69, 86, 79, shaded(colour), 3)
    c.rect(38, 71, 62, 77, (34, 40, 48), 1.5)
    for x in (41.5, 46.5, 52.5, 57):
        c.rect(x, 72.4, x + 2.6, 75.6, (152, 226, 214), 0.5)
    c.disc(51, 75.4, 0.5, (152, 226, 214))


def papers(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a box of papers, some of them fanned out before it."""
    c.shadow(50, 80, 34, 5)
    c.rect(20, 26, 62, 78, shaded(mix(colour, WOOD, 0.25)), 2)
    c.rect(26, 34, 56, 56, PAPER, 1.5)
    c.shape([(32, 39), (50, 39), (44, 51), (38, 51)], shaded(mix(colour, COFFEE, 0.25)))
    c.rect(30, 61, 52, 63, clear(INK, 0.3), 0.8)
    c.rect(30, 66, 46, 67.4, clear(INK, 0.2), 0.6)
    for turn in (18, 9, 0):
        with c.placed(turn=turn, about=(66, 80)):
            c.shape([(50, 44), (84, 44), (72, 79), (62, 79)], shaded(mix(PAPER, colour, 0.12), 0.1))
            c.line([(50, 44), (62, 79)], 0.6, clear(INK, 0.12))
            c.line([(80, 46), (70, 77)], 0.6, clear(INK, 0.1))


def steelcone(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a perforated cone."""
    c.shadow(50, 82, 24, 5)
    c.shape([(22, 26), (78, 26), (56, 76), (44, 76)], shaded(colour, 0.3, across=True))
    for row in range(9):
        y = 33 + row * 4.6
        half = 24 - row * 2.05
        count = 11 - row
        for place in range(count):
            c.disc(50 - half + 2 * half * place / max(1, count - 1), y, 0.55, clear(INK, 0.38))
    c.oval(50, 26, 28, 5, lighter(colour, 0.4))
    c.oval(50, 26.4, 25, 3.8, darker(colour, 0.3))
    c.rect(40, 74, 60, 80, shaded(RUBBER), 2)


def cup(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a cappuccino on its saucer."""
    c.shadow(50, 80, 38, 5)
    c.oval(50, 75, 37, 7, darker(colour, 0.12))
    c.oval(50, 73.6, 37, 6.6, lighter(colour, 0.15))
    c.oval(50, 74, 20, 3.4, darker(colour, 0.08))
    with c.placed(dy=-13, scale=1.5, about=(50, 76)):
        cup_front(c, 50, 56, 1.0, colour)
        c.oval(50, 56.3, 14.6, 3.3, (238, 214, 184))
        c.blob([(50, 59), (43, 56.4), (45.6, 54.4), (50, 55.6), (54.4, 54.4), (57, 56.4)], (252, 244, 232))


def espressocups(c: Canvas, colour: Colour, words: Words) -> None:
    """Two small cups."""
    c.shadow(50, 78, 36, 5)
    for x, y in ((34, 48), (66, 54)):
        c.oval(x, y + 21, 19, 3.6, lighter(colour, 0.28))
        cup_front(c, x, y, 0.82, colour)


def glasscups(c: Canvas, colour: Colour, words: Words) -> None:
    """Two double-walled glasses."""
    c.shadow(50, 82, 36, 5)
    for x, y in ((34, 30), (67, 36)):
        c.blob(
            [
                (x - 15, y),
                (x - 15, y + 24),
                (x - 11, y + 42),
                (x, y + 45),
                (x + 11, y + 42),
                (x + 15, y + 24),
                (x + 15, y),
            ],
            clear(lighter(GLASS, 0.3), 0.85),
        )
        c.blob(
            [
                (x - 12, y + 10),
                (x - 11.6, y + 24),
                (x - 7, y + 36),
                (x, y + 38),
                (x + 7, y + 36),
                (x + 11.6, y + 24),
                (x + 12, y + 10),
            ],
            Fade((222, 190, 152), COFFEE),
        )
        c.oval(x, y + 10, 12, 2.4, (246, 232, 212))
        c.oval(x, y, 15, 3, clear((255, 255, 255), 0.6))
        c.gleam([(x - 12, y + 6), (x - 10, y + 6), (x - 8, y + 34), (x - 10, y + 30)], 0.5)


def mug(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a straight mug with a lighter foot."""
    c.shadow(48, 82, 30, 5)
    c.ring(72, 52, 12, 5, darker(colour, 0.1))
    c.pipe(24, 30, 70, 76, shaded(colour, 0.2, across=True), 0.2)
    c.pipe(24, 66, 70, 76, shaded(PALETTE["cream"], 0.14, across=True), 0.2)
    c.oval(47, 30, 23, 5, lighter(colour, 0.3))
    c.oval(47, 30.6, 20.4, 3.8, Fade(lighter(COFFEE, 0.25), COFFEE))
    c.gleam([(30, 38), (34, 39), (34, 60), (30, 59)], 0.18)


def travelmug(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw an insulated mug with its lid."""
    c.shadow(50, 86, 22, 4)
    c.shape([(32, 30), (68, 30), (63, 84), (37, 84)], shaded(colour, 0.24, across=True))
    c.pie(50, 84, 13, 2.4, 0, 180, darker(colour, 0.1))
    c.rect(30, 22, 70, 31, shaded(RUBBER, across=True), 3)
    c.rect(36, 16, 64, 23, shaded(darker(RUBBER, 0.1), across=True), 3)
    c.rect(43, 13.6, 53, 17, lighter(RUBBER, 0.2), 1.4)
    c.shape([(33.6, 46), (66.4, 46), (65, 62), (35, 62)], clear(INK, 0.16))
    c.gleam([(37, 34), (41, 34), (43, 80), (40, 80)], 0.18)


def tamper(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a tamper standing on its foot."""
    c.shadow(50, 82, 26, 5)
    c.pipe(28, 71, 72, 79, shaded(STEEL, 0.3, across=True))
    c.oval(50, 71, 22, 3.6, lighter(STEEL, 0.35))
    c.shape([(45, 70), (55, 70), (53, 58), (47, 58)], shaded(STEEL, across=True))
    c.blob(
        [(46, 59), (43, 44), (40, 30), (43, 20), (50, 17), (57, 20), (60, 30), (57, 44), (54, 59)],
        shaded(colour, 0.24, across=True),
    )
    c.rect(45.4, 56, 54.6, 59.6, shaded(BRASS, across=True), 1)


def distributor(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a levelling tool, seen from above."""
    c.shadow(50, 80, 32, 6)
    c.pipe(18, 54, 82, 72, shaded(STEEL, 0.3, across=True), 0.36)
    c.pipe(18, 46, 82, 58, shaded(colour, 0.3, across=True), 0.36)
    c.oval(50, 46, 32, 11.6, lighter(colour, 0.12))
    c.oval(50, 46, 28, 9.8, shaded(darker(colour, 0.06)))
    for turn in (0, 120, 240):
        with c.placed(turn=turn, about=(50, 46)):
            c.line([(50, 46), (58, 46)], 1.4, lighter(colour, 0.4))
    c.oval(50, 46, 4, 1.6, lighter(colour, 0.5))
    for place in range(17):
        x = 20 + place * 3.75
        sag = 11 * (1 - ((x - 50) / 32) ** 2) ** 0.5
        c.line([(x, 50 + sag), (x, 57 + sag)], 0.5, clear(INK, 0.16))


def knockbox(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw an open box with a padded bar."""
    c.shadow(50, 80, 34, 5)
    c.pipe(22, 42, 78, 76, shaded(colour, 0.22, across=True), 0.24)
    c.oval(50, 42, 28, 7, lighter(colour, 0.22))
    c.oval(50, 42.4, 25.4, 5.8, darker(colour, 0.45))
    c.rect(21, 39.4, 79, 45, shaded(lighter(RUBBER, 0.08)), 2.8)
    c.line([(24, 41), (76, 41)], 0.7, clear((255, 255, 255), 0.25))
    c.rect(42, 58, 58, 63, clear((255, 255, 255), 0.16), 1)


def jug(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a milk jug."""
    c.shadow(49, 84, 28, 5)
    c.line([(66, 36), (82, 38), (80, 66), (69, 70)], 4, darker(colour, 0.14))
    c.blob(
        [(32, 32), (30, 48), (26, 64), (28, 80), (48, 83), (68, 80), (70, 64), (66, 48), (64, 32)],
        shaded(colour, 0.3, across=True),
    )
    c.shape([(32, 34), (20, 27), (34, 27), (64, 30), (64, 36)], shaded(colour, 0.3, across=True))
    c.oval(47, 31, 17, 3.6, lighter(colour, 0.4))
    c.oval(47, 31.6, 15, 2.8, (250, 246, 238))
    c.gleam([(34, 46), (37, 46), (33, 74), (31, 70)], 0.4)


def thermometer(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a dial on a probe."""
    c.shadow(50, 84, 20, 4)
    with c.placed(turn=14):
        c.line([(50, 42), (50, 88)], 2, STEEL)
        c.rect(47, 52, 53, 58, shaded(RUBBER), 1.4)
        c.disc(50, 32, 22, shaded(STEEL))
        c.disc(50, 32, 19.4, PAPER)
        c.arc(50, 32, 15, 15, 140, 230, 3.4, PALETTE["sky"])
        c.arc(50, 32, 15, 15, 240, 310, 3.4, PALETTE["sage"])
        c.arc(50, 32, 15, 15, 320, 400, 3.4, colour)
        c.line([(50, 32), (55, 21)], 1.2, INK)
        c.disc(50, 32, 2, INK)


def portafilter(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a naked portafilter full of coffee."""
    c.shadow(52, 74, 38, 5)
    with c.placed(turn=12):
        c.rect(52, 44, 66, 52, shaded(STEEL), 2)
        c.blob([(64, 43), (78, 42), (92, 40), (95, 48), (92, 56), (78, 54), (64, 53)], shaded(colour))
        c.rect(62.4, 42.4, 66, 53.6, shaded(BRASS), 1)
        c.disc(34, 48, 23, shaded(STEEL))
        c.disc(34, 48, 20, darker(STEEL, 0.35))
        c.disc(34, 48, 18.4, Fade(lighter(COFFEE, 0.12), darker(COFFEE, 0.1)))
        for x, y, turn in ((29, 44, 20), (38, 52, -40), (36, 42, 70), (28, 54, 10)):
            bean(c, x, y, turn, 0.5)
        c.rect(8, 45, 13, 51, shaded(STEEL), 1)


def frother(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw an electric frother on its base."""
    c.shadow(50, 86, 26, 5)
    c.arc(66, 52, 12, 14, -90, 90, 3.6, darker(colour, 0.14))
    c.pipe(30, 28, 68, 76, shaded(colour, 0.16, across=True))
    c.oval(49, 28, 19, 3.6, clear(INK, 0.2))
    c.rect(31, 20, 67, 27, shaded(clear(GLASS, 1)[:3], across=True), 3)
    c.rect(46, 15, 52, 21, shaded(RUBBER), 2)
    c.rect(26, 76, 74, 85, shaded(RUBBER), 3)
    c.disc(49, 64, 4, shaded(STEEL))
    c.disc(49, 64, 1.3, PALETTE["coral"])
    c.oval(49, 44, 6.4, 4, clear(PALETTE["sky"], 0.35))


def wand(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a hand frother with its whisk."""
    c.shadow(50, 86, 16, 4)
    with c.placed(turn=-16):
        c.rect(43, 10, 57, 46, shaded(RUBBER, across=True), 6)
        c.rect(47, 15, 53, 22, shaded(colour), 2)
        c.rect(45.6, 45, 54.4, 49, shaded(colour, across=True), 1)
        c.line([(50, 48), (50, 80)], 1.3, colour)
        c.ring(50, 82, 6.4, 1.5, darker(colour, 0.2), 0.5)
        for place in range(9):
            c.disc(44.4 + place * 1.4, 82 + (3 if 1 < place < 7 else 1.4), 0.7, darker(colour, 0.3))


def canister(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a canister with a dial on its lid."""
    c.shadow(50, 85, 28, 5)
    c.pipe(27, 36, 73, 82, shaded(colour, 0.18, across=True))
    c.rect(25.6, 26, 74.4, 36, shaded(STEEL, across=True), 3)
    c.pipe(36, 20, 64, 26, shaded(RUBBER, across=True))
    c.rect(48.6, 15.6, 51.4, 21, PALETTE["amber"], 1)
    c.rect(38, 50, 62, 68, PAPER if colour != PALETTE["white"] else PALETTE["cream"], 2)
    bean(c, 50, 59, -36, 1.5)


def scoop(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a scoop whose handle is a clip."""
    c.shadow(48, 72, 38, 5)
    with c.placed(turn=-18):
        c.rect(46, 46, 92, 51, shaded(colour), 2)
        c.rect(54, 53, 92, 57, shaded(darker(colour, 0.14)), 2)
        c.disc(56, 52, 3, BRASS)
        c.pie(32, 46, 20, 24, 0, 180, shaded(colour))
        c.oval(32, 46, 20, 6, lighter(colour, 0.25))
        c.oval(32, 46.4, 17.6, 4.8, COFFEE)
    for x, y, turn in ((24, 47, 10), (31, 44.6, 70), (36, 45.6, -30), (29, 49, 30)):
        bean(c, x, y + 5, turn, 0.9)


def bottle(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a bottle with a wide label."""
    c.shadow(50, 86, 22, 4)
    c.blob(
        [
            (42, 26),
            (41, 33),
            (33, 40),
            (31, 54),
            (31, 80),
            (36, 86),
            (64, 86),
            (69, 80),
            (69, 54),
            (67, 40),
            (59, 33),
            (58, 26),
        ],
        shaded(lighter(colour, 0.35), 0.2, across=True),
    )
    c.rect(31.2, 48, 68.8, 76, PAPER)
    c.rect(31.2, 48, 68.8, 56, colour)
    c.blob([(50, 59), (54, 65), (52, 70.4), (48, 70.4), (46, 65)], PALETTE["sky"])
    c.rect(41, 15, 59, 27, shaded(darker(colour, 0.35), across=True), 2)
    c.gleam([(35, 42), (38, 42), (36, 82), (34, 82)], 0.3)


def jar(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a jar of tablets or pellets."""
    c.shadow(50, 84, 26, 5)
    c.pipe(29, 36, 71, 80, shaded(lighter(colour, 0.4), 0.18, across=True))
    c.rect(29, 48, 71, 72, PAPER)
    c.rect(29, 48, 71, 54, darker(colour, 0.1))
    for x, y in ((42, 62), (50, 60), (58, 63), (46, 66.6), (54, 67.4)):
        c.oval(x, y, 3.4, 2.2, shaded(mix(PALETTE["sand"], colour, 0.4)))
    c.rect(27, 24, 73, 36, shaded(darker(colour, 0.3), across=True), 3)
    for place in range(11):
        c.line([(30.5 + place * 3.9, 27), (30.5 + place * 3.9, 34)], 0.5, clear((255, 255, 255), 0.18))


def brush(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a brush with stiff bristles."""
    c.shadow(50, 76, 34, 5)
    with c.placed(turn=-26):
        c.blob(
            [(42, 46), (60, 46), (82, 44), (94, 47), (96, 51), (94, 55), (82, 57), (60, 55), (42, 56)], shaded(colour)
        )
        c.disc(91, 51, 1.6, darker(colour, 0.5))
        c.rect(34, 44, 44, 58, shaded(BRASS), 1)
        c.shape([(34, 45), (10, 41), (8, 52), (10, 62), (34, 57)], shaded(PALETTE["sand"]))
        for place in range(10):
            c.line([(10, 43 + place * 2), (33, 46.4 + place * 1.2)], 0.4, darker(PALETTE["sand"], 0.28))


def cartridge(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a water filter and a drop."""
    c.shadow(48, 84, 24, 5)
    c.pipe(32, 36, 62, 80, shaded(PAPER, 0.16, across=True))
    for y in range(52, 78, 5):
        c.rect(36, y, 58, y + 2, colour, 1)
    c.rect(30, 30, 64, 38, shaded(colour, across=True), 2)
    c.rect(40, 20, 54, 31, shaded(PAPER, across=True), 2)
    c.blob([(77, 36), (85, 50), (84, 57), (77, 60), (70, 57), (69, 50)], Fade(lighter(colour, 0.4), colour))
    c.oval(74, 53, 1.6, 3, (255, 255, 255, 150))


DRAWINGS: dict[str, Drawing] = {
    "scale": scale,
    "papers": papers,
    "steelcone": steelcone,
    "cup": cup,
    "espressocups": espressocups,
    "glasscups": glasscups,
    "mug": mug,
    "travelmug": travelmug,
    "tamper": tamper,
    "distributor": distributor,
    "knockbox": knockbox,
    "jug": jug,
    "thermometer": thermometer,
    "portafilter": portafilter,
    "frother": frother,
    "wand": wand,
    "canister": canister,
    "scoop": scoop,
    "bottle": bottle,
    "jar": jar,
    "brush": brush,
    "cartridge": cartridge,
}

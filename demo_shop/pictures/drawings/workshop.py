"""Tools, lubricants and cycling clothes."""

from demo_shop.pictures.canvas import Canvas, Fade, shaded
from demo_shop.pictures.drawings.base import Drawing, Words
from demo_shop.pictures.palette import INK, PALETTE, PAPER, RUBBER, STEEL, Colour, clear, darker, lighter

STRIPE = (226, 231, 234)


def levers(c: Canvas, colour: Colour, words: Words) -> None:
    """Three tyre levers, fanned out."""
    c.shadow(50, 80, 28, 5)
    for turn, shade in ((-26, darker(colour, 0.12)), (0, colour), (26, lighter(colour, 0.1))):
        with c.placed(turn=turn, about=(50, 78)):
            c.blob(
                [(46, 80), (44.6, 60), (46, 36), (45, 22), (50, 16), (55, 22), (54, 36), (55.4, 60), (54, 80)],
                shaded(shade, across=True),
            )
            c.rect(48.6, 44, 51.4, 66, clear(INK, 0.18), 1.4)
            c.disc(50, 76, 2, darker(shade, 0.4))


def patchkit(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a tin of patches with a tube of solution."""
    c.shadow(50, 76, 34, 5)
    c.rect(18, 34, 66, 72, shaded(colour), 6)
    c.rect(18, 34, 66, 44, shaded(lighter(colour, 0.14)), 6)
    c.rect(26, 50, 58, 64, PAPER, 2)
    c.ring(42, 57, 4.6, 1.8, INK)
    for x, y, r in ((72, 40, 7), (82, 48, 5.4)):
        c.disc(x, y, r, darker(PALETTE["coral"], 0.1))
        c.disc(x, y, r * 0.74, RUBBER)
    with c.placed(turn=-14, about=(74, 68)):
        c.shape([(56, 62), (84, 64), (84, 74), (56, 76)], shaded(STEEL))
        c.rect(62, 63.4, 78, 74.6, PALETTE["mustard"])
        c.rect(84, 66, 90, 72, INK, 1)


def multitool(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a multi-tool with its keys spread."""
    c.shadow(50, 78, 34, 5)
    for place, (turn, length) in enumerate(((-52, 33), (-26, 36), (0, 30), (24, 34))):
        with c.placed(turn=turn, about=(38, 60)):
            c.line([(38, 58), (38, 58 - length)], 3.2 - place * 0.3, darker(STEEL, 0.08 * place))
            if place % 2 == 0:
                c.line([(38, 58 - length), (43, 58 - length)], 3 - place * 0.3, darker(STEEL, 0.08 * place))
    with c.placed(turn=-8):
        c.rect(26, 52, 82, 70, shaded(colour), 8)
        c.rect(26, 60, 82, 70, clear(INK, 0.16), 6)
        c.disc(37, 61, 3.6, shaded(STEEL))
        c.disc(72, 61, 3.6, shaded(STEEL))
        c.disc(37, 61, 1.5, INK)
        c.disc(72, 61, 1.5, INK)
        c.rect(47, 59, 62, 63, clear((255, 255, 255), 0.7), 1)


def torque(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a T-shaped torque key."""
    c.shadow(50, 86, 20, 4)
    with c.placed(turn=-14):
        c.line([(50, 40), (50, 84)], 3, STEEL)
        c.rect(47.6, 76, 52.4, 86, shaded(darker(STEEL, 0.25), across=True), 1)
        c.rect(24, 22, 76, 40, shaded(colour), 9)
        c.rect(24, 22, 36, 40, shaded(RUBBER), 8)
        c.rect(64, 22, 76, 40, shaded(RUBBER), 8)
        c.rect(42, 38, 58, 46, shaded(darker(colour, 0.2), across=True), 2)
        c.rect(43, 27, 57, 35, PAPER, 1.5)
        for place in range(3):
            c.rect(45 + place * 4, 29, 47 + place * 4, 33, PALETTE["red"] if place == 1 else clear(INK, 0.4), 0.6)


def workstand(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a stand with its clamp."""
    c.shadow(48, 88, 30, 4)
    c.line([(46, 74), (22, 87)], 3, darker(colour, 0.15))
    c.line([(46, 74), (72, 87)], 3, darker(colour, 0.15))
    c.line([(46, 86), (46, 26)], 3.6, colour)
    c.rect(42.6, 50, 49.4, 58, shaded(RUBBER), 2)
    c.line([(46, 26), (68, 22)], 3.6, colour)
    c.rect(40, 20, 52, 32, shaded(RUBBER), 3)
    c.rect(66, 12, 82, 20, shaded(PALETTE["red"]), 2)
    c.rect(66, 25, 82, 33, shaded(PALETTE["red"]), 2)
    c.rect(63, 14, 69, 31, shaded(RUBBER), 2)
    c.line([(60, 28), (56, 36)], 1.8, STEEL)
    c.disc(22, 87, 2.2, RUBBER)
    c.disc(72, 87, 2.2, RUBBER)


def dropbottle(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a dropper bottle and its drop."""
    c.shadow(48, 86, 20, 4)
    c.shape([(46, 20), (50, 20), (53, 36), (43, 36)], shaded(STEEL, across=True))
    c.rect(40, 34, 56, 42, shaded(INK, across=True), 1.5)
    c.rect(31, 40, 65, 86, shaded(colour, 0.22, across=True), 7)
    c.rect(31, 52, 65, 76, PAPER)
    c.ring(48, 61, 5, 1.8, darker(colour, 0.15))
    for place in range(3):
        c.rect(38, 68.4 + place * 2.4, 58 - place * 4, 69.6 + place * 2.4, clear(INK, 0.25), 0.5)
    c.blob([(77, 56), (82.6, 66), (81.6, 71), (77, 73), (72.4, 71), (71.4, 66)], Fade(lighter(colour, 0.4), colour))
    c.gleam([(34.6, 44), (37, 44), (37, 82), (34.6, 82)], 0.25)


def chaincleaner(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a bath for the chain, with brushes."""
    c.shadow(50, 78, 32, 5)
    for x in range(2, 100, 7):
        c.rect(x, 49, x + 5.4, 54, darker(STEEL, 0.3), 2.4)
        c.disc(x + 2.7, 51.5, 1, lighter(STEEL, 0.3))
    c.rect(30, 34, 70, 76, clear(lighter(colour, 0.2), 0.86), 5)
    c.rect(30, 62, 70, 76, Fade(colour, darker(colour, 0.3)), 4)
    for x in (40, 60):
        c.disc(x, 46, 6.4, INK)
        for turn in range(0, 360, 30):
            with c.placed(turn=turn, about=(x, 46)):
                c.line([(x, 46), (x, 39.4)], 1, lighter(INK, 0.25))
        c.disc(x, 46, 2, STEEL)
    c.rect(28, 29, 72, 36, shaded(colour), 2.5)
    c.rect(44, 16, 56, 31, shaded(RUBBER, across=True), 4)


def washkit(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a bucket with a bottle, brushes and a sponge."""
    c.shadow(50, 86, 32, 5)
    c.rect(32, 20, 46, 60, shaded(PALETTE["amber"], across=True), 3)
    c.rect(36, 12, 42, 21, INK, 1.5)
    c.line([(42, 14), (49, 14)], 2.4, INK)
    c.line([(56, 60), (60, 26)], 3, PALETTE["oak"])
    with c.placed(turn=8, about=(60, 22)):
        c.rect(55, 10, 66, 28, shaded(INK), 3)
        c.rect(56.4, 8, 64.6, 13, PALETTE["sky"], 2)
    c.rect(64, 36, 78, 56, shaded(PALETTE["mustard"]), 3)
    c.shape([(20, 48), (80, 48), (73, 85), (27, 85)], shaded(colour))
    c.rect(18, 45, 82, 51, shaded(lighter(colour, 0.14)), 3)
    c.arc(50, 50, 29, 28, 20, 160, 1.4, STEEL)
    for x, y, r in ((26, 43, 4), (33, 40, 3), (72, 42, 4), (80, 39, 2.6)):
        c.disc(x, y, r, clear((255, 255, 255), 0.75))


def rimtape(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a roll of tape."""
    c.shadow(50, 80, 32, 5)
    c.shape([(50, 78), (92, 78), (92, 66), (50, 66)], shaded(colour))
    c.disc(47, 52, 27, shaded(darker(colour, 0.08)))
    c.ring(47, 52, 23, 0.7, clear((255, 255, 255), 0.3))
    c.ring(47, 52, 20, 0.7, clear((255, 255, 255), 0.25))
    c.disc(47, 52, 15.4, PALETTE["sand"])
    c.disc(47, 52, 13, darker(PALETTE["sand"], 0.45))
    for x in (76, 86):
        c.line([(x, 30), (x, 54)], 1.8, darker(STEEL, 0.2))
        c.rect(x - 3, 48, x + 3, 54, INK, 1)
        c.rect(x - 1.8, 26, x + 1.8, 33, INK, 1)


def ties(c: Canvas, colour: Colour, words: Words) -> None:
    """Rubber ties, laid out."""
    c.shadow(50, 78, 34, 5)
    shades = (colour, PALETTE["mustard"], PALETTE["teal"], PALETTE["slate"], lighter(colour, 0.3), PALETTE["navy"])
    for place, shade in enumerate(shades):
        y = 24 + place * 9.6
        with c.placed(turn=-6 if place % 2 else 4, about=(50, y)):
            c.line([(24, y), (76, y)], 3.4, shade)
            c.ring(21, y, 4, 2.6, shade)
            c.disc(77.6, y, 3.4, darker(shade, 0.14))


def gloves(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a pair of gloves; winter ones have whole fingers."""
    c.shadow(50, 84, 36, 4)
    whole = colour == PALETTE["black"]
    for flip in (False, True):
        with c.placed(flip=flip), c.placed(dx=-5, scale=0.96):
            for place, (x, top) in enumerate(((15, 32), (22.6, 24), (30.2, 23), (37.4, 29))):
                c.rect(x, top if whole else top + 9, x + 7, 56, shaded(colour), 3.5)
                if not whole:
                    c.rect(x, top + 8, x + 7, top + 11, darker(colour, 0.4), 1)
                elif place in (1, 2):
                    c.rect(x, top, x + 7, top + 6, darker(colour, 0.1), 3)
            with c.placed(turn=34, about=(43, 58)):
                c.rect(40, 42, 47.6, 66, shaded(lighter(colour, 0.05)), 3.8)
            c.rect(15, 46, 44.4, 76, shaded(colour), 8)
            c.rect(15.6, 74, 43.6, 83, shaded(darker(colour, 0.3)), 2.5)
            c.rect(22, 53, 36, 56, STRIPE, 1.4)
            c.rect(36, 75.6, 42, 81.4, PALETTE["coral"], 1)


def torso(c: Canvas, colour: Colour, *, sleeves: str) -> None:
    """Draw the front of a garment for the upper body; ``sleeves`` are long, short or none."""
    if sleeves != "none":
        end = 76 if sleeves == "long" else 47
        half = 6 if sleeves == "long" else 8
        for flip in (False, True):
            with c.placed(flip=flip):
                c.shape(
                    [(33, 19), (24, 24), (16 - (2 if sleeves == "long" else 5), end), (16 + half, end + 2), (31, 44)],
                    shaded(darker(colour, 0.1)),
                )
    c.blob(
        [
            (37, 16),
            (28, 22),
            (30, 44),
            (29, 66),
            (29, 84),
            (50, 86),
            (71, 84),
            (71, 66),
            (70, 44),
            (72, 22),
            (63, 16),
            (50, 20),
        ],
        shaded(colour, 0.12),
    )


def jacket(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a rain jacket with its hood down."""
    c.shadow(50, 87, 32, 4)
    torso(c, colour, sleeves="long")
    c.blob([(37, 17), (42, 10), (50, 8), (58, 10), (63, 17), (50, 24)], shaded(darker(colour, 0.2)))
    c.line([(50, 22), (50, 84)], 1, darker(colour, 0.5))
    c.rect(48.8, 26, 51.2, 31, STEEL, 0.8)
    c.rect(29.6, 46, 70.4, 50, STRIPE)
    for x in (34, 57):
        c.line([(x, 64), (x + 9, 68)], 0.9, darker(colour, 0.4))
    c.blob([(30, 82), (50, 84), (70, 82), (70, 85), (50, 87), (30, 85)], darker(colour, 0.25))


def vest(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a reflective vest."""
    c.shadow(50, 87, 30, 4)
    bright = (240, 222, 92)
    torso(c, bright, sleeves="none")
    c.shape([(41, 16), (50, 36), (59, 16)], darker(bright, 0.62))
    c.line([(50, 34), (50, 84)], 1, darker(bright, 0.5))
    for y in (48, 62):
        c.rect(29.6, y, 70.4, y + 6, colour)
        c.rect(29.6, y + 1.4, 70.4, y + 4.6, STRIPE)
    for x in (35, 61):
        c.rect(x, 18, x + 4, 48, STRIPE)


def jersey(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a jersey with a collar and a half zip."""
    c.shadow(50, 87, 32, 4)
    torso(c, colour, sleeves="short")
    c.rect(41, 14, 59, 20, shaded(darker(colour, 0.25)), 2)
    c.line([(50, 20), (50, 48)], 0.9, darker(colour, 0.5))
    c.rect(29.6, 54, 70.4, 60, PALETTE["cream"])
    c.rect(29.6, 61.6, 70.4, 63.6, PALETTE["cream"])
    c.rect(56, 30, 63, 33, PALETTE["cream"], 1)


def shorts(c: Canvas, colour: Colour, words: Words) -> None:
    """Bib shorts."""
    c.shadow(50, 87, 28, 4)
    for flip in (False, True):
        with c.placed(flip=flip):
            c.curve([(38, 44), (36, 28), (42, 12)], 5, darker(colour, 0.05))
            c.shape([(31, 44), (50, 44), (50, 58), (46, 84), (26, 82)], shaded(colour))
            c.shape([(26.6, 76), (47, 78), (46, 84.4), (26, 82.4)], shaded(PALETTE["slate"]))
            c.line([(33, 46), (29, 76)], 0.6, clear((255, 255, 255), 0.2))
    c.rect(31, 40, 69, 48, shaded(lighter(colour, 0.1)), 2)
    c.line([(50, 48), (50, 58)], 0.6, clear((255, 255, 255), 0.2))
    c.rect(33, 66, 41, 68.6, STRIPE, 1)


def overshoes(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a pair of overshoes."""
    c.shadow(50, 80, 38, 4)
    for dx, dy in ((16, -8), (-6, 6)):
        with c.placed(dx=dx, dy=dy):
            c.blob(
                [
                    (26, 28),
                    (42, 26),
                    (46, 40),
                    (54, 52),
                    (70, 56),
                    (77, 64),
                    (76, 71),
                    (50, 73),
                    (28, 72),
                    (24, 60),
                    (26, 44),
                ],
                shaded(colour),
            )
            c.rect(25, 69, 77, 73.6, RUBBER, 2)
            c.curve([(28, 32), (29, 50), (27, 68)], 1.1, STRIPE)
            c.blob([(64, 56), (74, 60), (77, 68), (66, 70)], darker(colour, 0.3))
            c.rect(25.4, 26, 43, 31, darker(colour, 0.3), 2)
            c.rect(36, 55, 48, 58, PALETTE["coral"], 1)


DRAWINGS: dict[str, Drawing] = {
    "levers": levers,
    "patchkit": patchkit,
    "multitool": multitool,
    "torque": torque,
    "workstand": workstand,
    "dropbottle": dropbottle,
    "chaincleaner": chaincleaner,
    "washkit": washkit,
    "rimtape": rimtape,
    "ties": ties,
    "gloves": gloves,
    "jacket": jacket,
    "vest": vest,
    "jersey": jersey,
    "shorts": shorts,
    "overshoes": overshoes,
}

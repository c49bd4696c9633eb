"""Mats, paper, pens and what keeps a desk in order."""

from demo_shop.pictures.canvas import Canvas, Fade, shaded
from demo_shop.pictures.drawings.base import Drawing, Words
from demo_shop.pictures.drawings.devices import headphones, keys
from demo_shop.pictures.palette import BRASS, INK, PALETTE, PAPER, STEEL, Colour, clear, darker, lighter


def deskmat(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a mat with a keyboard and a cup on it."""
    c.shadow(50, 78, 46, 5)
    c.shape([(14, 30), (86, 30), (97, 76), (3, 76)], shaded(colour, 0.12))
    c.shape([(3, 76), (97, 76), (97, 78), (3, 78)], darker(colour, 0.35))
    c.line([(16, 32), (84, 32)], 0.5, lighter(colour, 0.3))
    c.line([(6, 74), (94, 74)], 0.5, lighter(colour, 0.3))
    c.rect(20, 44, 66, 64, shaded(PALETTE["cream"]), 2.4)
    keys(c, 22, 46, 42, 4, 11, PAPER, PALETTE["coral"])
    c.blob([(76, 46), (80, 50), (80, 60), (76, 63), (72, 60), (72, 50)], shaded(PAPER))
    c.line([(76, 47), (76, 52)], 0.6, STEEL)


def standingmat(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a thick foam mat."""
    c.shadow(50, 76, 44, 6)
    c.shape([(20, 34), (80, 34), (94, 66), (6, 66)], shaded(lighter(colour, 0.1)))
    c.shape([(6, 66), (94, 66), (90, 75), (10, 75)], shaded(darker(colour, 0.2)))
    c.shape([(26, 38), (74, 38), (85, 62), (15, 62)], clear((255, 255, 255), 0.06))
    c.oval(50, 47, 16, 4.6, shaded(lighter(colour, 0.2)))
    for x in (36, 56):
        c.blob([(x, 53), (x + 4, 51), (x + 7, 54), (x + 6, 60), (x, 60), (x - 2, 57)], clear(INK, 0.3))


def drawers(c: Canvas, colour: Colour, words: Words) -> None:
    """Three drawers on castors."""
    c.shadow(50, 88, 30, 4)
    c.shape([(28, 18), (72, 18), (76, 24), (24, 24)], shaded(lighter(colour, 0.3)))
    c.rect(24, 23, 76, 82, shaded(colour), 2)
    for top, bottom in ((26, 39), (42, 55), (58, 79)):
        c.rect(27, top, 73, bottom, shaded(lighter(colour, 0.25), 0.06), 1.4)
        c.rect(27, bottom - 0.8, 73, bottom + 0.4, clear(INK, 0.14), 0.4)
        c.rect(42, top + 4.4, 58, top + 7, shaded(STEEL), 1.3)
    for x in (30, 70):
        c.disc(x, 85.4, 3, shaded(INK))


def organiser(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw an organiser with letters, pens and a phone."""
    c.shadow(50, 82, 36, 5)
    c.shape([(22, 22), (52, 18), (52, 60), (22, 60)], shaded(PAPER))
    c.shape([(26, 28), (56, 25), (56, 60), (26, 60)], shaded(PALETTE["sky"]))
    for x, shade, top in ((64, "coral", 20), (69, "navy", 26), (74, "mustard", 22)):
        c.rect(x, top, x + 3.4, 60, shaded(PALETTE[shade], across=True), 1)
        c.shape([(x, top), (x + 3.4, top), (x + 1.7, top - 4.4)], PALETTE["sand"])
    c.rect(16, 44, 84, 80, shaded(colour), 3)
    c.rect(16, 44, 84, 48, shaded(lighter(colour, 0.2)), 2)
    c.rect(20, 62, 80, 77, darker(colour, 0.12), 1.6)
    c.disc(50, 69.5, 2.2, BRASS)
    c.line([(58, 48), (58, 61)], 0.8, darker(colour, 0.3))


def pentray(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a wooden tray with three pens."""
    c.shadow(50, 76, 42, 5)
    with c.placed(turn=-8):
        c.rect(8, 36, 92, 70, shaded(lighter(colour, 0.1)), 12)
        c.rect(12, 40, 88, 66, shaded(PALETTE["sand"]), 9)
        for y, shade in ((45, "navy"), (52, "coral"), (59, "graphite")):
            c.rect(22, y, 76, y + 3.8, shaded(PALETTE[shade]), 1.8)
            c.shape([(76, y + 0.4), (76, y + 3.4), (82, y + 1.9)], STEEL)
            c.rect(24, y - 0.8, 40, y + 0.8, STEEL, 0.6)


def headphonestand(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a bow of wood with headphones on it."""
    c.shadow(50, 88, 28, 4)
    c.pipe(30, 84, 70, 87, shaded(INK, across=True), 0.2)
    c.rect(47, 24, 53, 85, shaded(colour, across=True), 2)
    c.arc(50, 32, 14, 12, 190, 350, 6, colour)
    with c.placed(dy=4, scale=0.74, about=(50, 30)):
        headphones(c, PALETTE["graphite"], words | {"wide"})


def notebook(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a notebook with its band and ribbons."""
    c.shadow(52, 84, 30, 5)
    with c.placed(turn=6):
        c.rect(29, 19, 75, 83, PAPER, 2)
        for x in (73, 74.4):
            c.line([(x, 21), (x, 81)], 0.4, clear(INK, 0.15))
        c.rect(26, 17, 72, 81, shaded(colour), 3)
        c.rect(26, 17, 33, 81, darker(colour, 0.16), 2)
        c.rect(63, 17, 66, 81, darker(colour, 0.4))
        c.rect(40, 34, 56, 44, PALETTE["cream"], 1)
        c.rect(43, 37, 53, 38.4, clear(INK, 0.4), 0.5)
        c.rect(43, 40, 50, 41.4, clear(INK, 0.25), 0.5)
        c.line([(44, 81), (43, 90)], 1.2, PALETTE["mustard"])
        c.line([(47, 81), (48, 88)], 1.2, PALETTE["navy"])


def planner(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a pad with a week on it, and a pencil."""
    c.shadow(50, 76, 42, 5)
    c.rect(10, 28, 90, 74, shaded(PAPER, 0.06), 2)
    c.rect(10, 28, 90, 36, shaded(colour), 2)
    for place in range(7):
        x = 12.6 + place * 10.9
        c.rect(x, 39, x + 9.6, 70, lighter(colour, 0.72 if place < 5 else 0.5), 1)
        c.rect(x + 1.4, 41, x + 5.4, 42.6, darker(colour, 0.2), 0.5)
        for line in range(1 + (place * 2) % 4):
            c.rect(x + 1.4, 46 + line * 5, x + 8, 47.2 + line * 5, clear(INK, 0.24), 0.4)
    with c.placed(turn=-24, about=(62, 70)):
        c.rect(44, 68, 82, 72, shaded(PALETTE["mustard"]), 0.6)
        c.shape([(44, 68), (44, 72), (37, 70)], PALETTE["sand"])
        c.shape([(39.4, 69.3), (39.4, 70.7), (37, 70)], INK)
        c.rect(82, 68, 86, 72, PALETTE["coral"], 1)


def pens(c: Canvas, colour: Colour, words: Words) -> None:
    """Eight fineliners in a row."""
    c.shadow(50, 84, 38, 5)
    shades = (colour, *(PALETTE[name] for name in ("mustard", "sage", "teal", "sky", "navy", "plum", "graphite")))
    for place, shade in enumerate(shades):
        x = 14 + place * 9.2
        rise = 4 if place % 2 else 0
        c.shape([(x + 2.4, 14 + rise), (x + 4.6, 14 + rise), (x + 5, 22 + rise), (x + 2, 22 + rise)], STEEL)
        c.rect(x, 21 + rise, x + 7, 44 + rise, shaded(PAPER, across=True), 1.6)
        c.rect(x, 36 + rise, x + 7, 82, shaded(shade, across=True), 1.6)
    c.rect(10, 60, 90, 84, clear(lighter(STEEL, 0.4), 0.8), 3)
    c.rect(30, 66, 70, 76, PAPER, 1.4)
    c.rect(36, 69, 64, 71, darker(colour, 0.1), 0.8)


def whiteboard(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a tilted glass slate with a note on it."""
    c.shadow(50, 78, 44, 5)
    c.shape([(14, 34), (86, 34), (94, 66), (6, 66)], Fade((252, 253, 253), (230, 238, 243)))
    c.gleam([(20, 36), (40, 36), (30, 64), (10, 64)], 0.5)
    c.curve([(26, 46), (32, 43), (38, 48), (46, 43), (54, 47)], 1.3, PALETTE["navy"])
    c.curve([(24, 55), (34, 53), (42, 57), (50, 54)], 1.3, PALETTE["navy"])
    c.curve([(64, 46), (72, 42), (78, 48), (74, 56), (66, 55), (64, 47)], 1.2, PALETTE["coral"])
    c.rect(6, 66, 94, 75, shaded(PALETTE["oak"]), 2)
    c.rect(38, 69, 62, 72, darker(PALETTE["oak"], 0.35), 1.4)
    c.rect(68, 62.6, 88, 66.4, shaded(colour), 1.4)


def spray(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a spray bottle wrapped in its cloth."""
    c.shadow(50, 86, 24, 5)
    c.rect(38, 38, 62, 85, shaded(lighter(colour, 0.45), across=True), 6)
    c.rect(38, 48, 62, 85, shaded(PALETTE["slate"], across=True), 6)
    for y in range(53, 82, 4):
        c.line([(39, y), (61, y)], 0.4, clear((255, 255, 255), 0.18))
    c.rect(44, 30, 56, 39, shaded(PAPER, across=True), 1.4)
    c.rect(40, 20, 58, 31, shaded(PAPER, across=True), 3)
    c.rect(34, 22.6, 41, 26, shaded(STEEL), 1)
    for x, y, r in ((26, 22, 1.4), (21, 18, 1.1), (22, 27, 1.3), (15, 23, 1), (17, 30, 0.9), (12, 17, 0.8)):
        c.disc(x, y, r, clear(colour, 0.8))
    c.rect(58, 62, 66, 69, PALETTE["coral"], 1)


def coasters(c: Canvas, colour: Colour, words: Words) -> None:
    """Coasters in a pile, one leaning."""
    c.shadow(52, 80, 40, 5)
    with c.placed(turn=-16, about=(26, 56)):
        c.disc(27, 55, 21, darker(colour, 0.22))
        c.disc(28, 55, 21, shaded(colour))
        c.disc(28, 55, 17, PALETTE["teal"])
    for place, shade in enumerate(("navy", "sage", "coral")):
        y = 72 - place * 7
        c.pipe(38, y, 88, y + 5, shaded(darker(colour, 0.06), across=True), 0.28)
        c.oval(63, y, 25, 7, lighter(colour, 0.18))
        c.oval(63, y, 21, 5.6, PALETTE[shade])


DRAWINGS: dict[str, Drawing] = {
    "deskmat": deskmat,
    "standingmat": standingmat,
    "drawers": drawers,
    "organiser": organiser,
    "pentray": pentray,
    "headphonestand": headphonestand,
    "notebook": notebook,
    "planner": planner,
    "pens": pens,
    "whiteboard": whiteboard,
    "spray": spray,
    "coasters": coasters,
}

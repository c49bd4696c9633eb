"""Camera bags, straps, filters and what keeps cameras clean."""

from demo_shop.pictures.canvas import Canvas, Fade, shaded
from demo_shop.pictures.drawings.base import Drawing, Words
from demo_shop.pictures.palette import BRASS, GLASS, INK, PALETTE, PAPER, RUBBER, STEEL, Colour, clear, darker, lighter


def sling(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a bag worn across the body."""
    c.shadow(50, 80, 34, 5)
    c.curve([(22, 52), (24, 24), (50, 13), (76, 24), (78, 52)], 4.6, darker(colour, 0.35))
    c.rect(17, 38, 83, 79, shaded(colour), 13)
    c.rect(17, 38, 83, 56, shaded(lighter(colour, 0.08)), 13)
    c.line([(22, 53), (78, 53)], 1, darker(colour, 0.45))
    c.rect(71, 51.6, 77, 57, STEEL, 1)
    c.rect(30, 60, 70, 74, shaded(darker(colour, 0.1)), 5)
    c.line([(33, 63), (67, 63)], 0.7, darker(colour, 0.45))
    c.rect(45, 66, 55, 70, PALETTE["cream"], 1)


def backpack(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a backpack with a roll of a lid."""
    c.shadow(50, 85, 30, 5)
    c.arc(50, 18, 8, 8, 180, 360, 2.4, darker(colour, 0.4))
    c.rect(21, 42, 30, 76, shaded(darker(colour, 0.28)), 4)
    c.rect(70, 42, 79, 76, shaded(darker(colour, 0.28)), 4)
    c.rect(25, 17, 75, 84, shaded(colour), 13)
    c.rect(25, 17, 75, 44, shaded(lighter(colour, 0.1)), 12)
    c.line([(27, 44), (73, 44)], 1, darker(colour, 0.4))
    for x in (37, 63):
        c.rect(x - 1.8, 30, x + 1.8, 56, darker(colour, 0.42))
        c.rect(x - 3, 44, x + 3, 50, BRASS, 1)
    c.rect(32, 55, 68, 79, shaded(darker(colour, 0.1)), 6)
    c.line([(36, 60), (64, 60)], 0.8, darker(colour, 0.45))
    c.rect(45, 66, 55, 70.5, PALETTE["cream"], 1)


def shoulderbag(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a canvas bag with a flap and two buckles."""
    c.shadow(50, 80, 36, 5)
    c.curve([(20, 46), (26, 20), (50, 12), (74, 20), (80, 46)], 3.4, darker(colour, 0.4))
    c.rect(15, 38, 85, 79, shaded(colour), 6)
    c.shape([(15, 42), (19, 38), (81, 38), (85, 42), (83, 62), (17, 62)], shaded(lighter(colour, 0.12)))
    c.line([(17, 62), (83, 62)], 0.8, darker(colour, 0.4))
    for x in (33, 67):
        c.rect(x - 2.4, 52, x + 2.4, 71, darker(colour, 0.45), 1.2)
        c.rect(x - 3.6, 60, x + 3.6, 66, BRASS, 1)


def insert(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw an open padded box with dividers."""
    c.shadow(50, 78, 34, 5)
    c.shape([(24, 34), (76, 34), (84, 44), (16, 44)], darker(colour, 0.4))
    for x in (38, 58):
        c.shape([(x, 34.6), (x + 3, 34.6), (x + 2, 44), (x - 2, 44)], lighter(colour, 0.2))
    c.disc(31, 41, 4.6, RUBBER)
    c.oval(67, 40, 5, 3, INK)
    c.rect(16, 42, 84, 77, shaded(colour), 5)
    c.line([(19, 46), (81, 46)], 0.7, lighter(colour, 0.3))
    c.rect(44, 56, 56, 61, PALETTE["cream"], 1)


def strap(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a strap laid in a loop."""
    c.shadow(50, 78, 32, 5)
    path = [(28, 78), (22, 52), (34, 26), (56, 22), (74, 38), (70, 62), (56, 72)]
    c.curve(path, 9.4, darker(colour, 0.25))
    c.curve(path, 8, colour)
    c.curve(path, 1, lighter(colour, 0.35))
    for x, y, turn in ((28, 79, 8), (53, 73, 66)):
        with c.placed(turn=turn, about=(x, y)):
            c.rect(x - 4.6, y - 3, x + 4.6, y + 4, PALETTE["walnut"], 1.2)
            c.ring(x, y + 7.4, 3.2, 1.3, STEEL)


def wriststrap(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a loop of cord with its stop."""
    c.shadow(50, 82, 22, 5)
    c.curve([(50, 56), (30, 44), (32, 22), (50, 15), (68, 22), (70, 44), (50, 56)], 4.4, darker(colour, 0.2))
    c.curve([(50, 56), (30, 44), (32, 22), (50, 15), (68, 22), (70, 44), (50, 56)], 2.6, lighter(colour, 0.08))
    c.rect(44.6, 50, 55.4, 63, shaded(PALETTE["walnut"]), 2)
    c.line([(50, 63), (50, 72)], 3.6, colour)
    c.rect(45.4, 69, 54.6, 76, shaded(PALETTE["walnut"]), 1.5)
    c.ring(50, 79.6, 3.8, 1.5, STEEL)


def filter_ring(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a filter, with its case behind."""
    c.shadow(50, 79, 32, 5)
    c.rect(46, 24, 84, 62, shaded(PALETTE["cream"]), 5)
    c.rect(50, 28, 64, 31, clear(INK, 0.3), 1)
    c.disc(42, 52, 27, shaded(RUBBER))
    c.disc(42, 52, 24.4, darker(STEEL, 0.4))
    c.disc(42, 52, 23, Fade(lighter(colour, 0.55), lighter(colour, 0.05)))
    c.gleam([(28, 44), (40, 31), (47, 31), (26, 54)], 0.4)
    c.gleam([(36, 70), (60, 44), (62, 48), (41, 72)], 0.22)
    for place in range(5):
        c.disc(36 + place * 3, 76.2 - abs(place - 2) * 0.3, 0.6, clear((255, 255, 255), 0.75))


def cloth(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a folded cloth with pinked edges and a little pouch."""
    c.shadow(50, 78, 34, 5)
    with c.placed(turn=-6):
        edge = [(22 + 2.6 * step, 28 + (1.1 if step % 2 else 0)) for step in range(19)]
        c.shape([*edge, (70, 70), (22, 72)], shaded(lighter(colour, 0.1)))
        c.shape([(70, 29), (46, 48), (22, 31), (22, 28)], clear((255, 255, 255), 0.25))
        c.shape([(22, 72), (46, 48), (70, 70)], darker(colour, 0.1))
    c.rect(52, 46, 82, 78, shaded(darker(colour, 0.35)), 4)
    c.rect(52, 46, 82, 56, darker(colour, 0.48), 4)
    c.rect(60, 63, 74, 68, PALETTE["cream"], 1)
    c.disc(67, 54, 1.8, STEEL)


def cloths(c: Canvas, colour: Colour, words: Words) -> None:
    """Three folded cloths in a pile."""
    c.shadow(50, 78, 34, 5)
    for place, shade in enumerate((PALETTE["terracotta"], PALETTE["cream"], colour)):
        y = 66 - place * 13
        c.rect(20 + place * 1.5, y, 80 - place * 1.5, y + 12.4, shaded(shade), 5)
        c.line([(24 + place, y + 6.4), (77 - place, y + 6.4)], 0.7, darker(shade, 0.22))
    c.rect(60, 38, 68, 78, clear(PAPER, 0.9), 1)
    c.rect(61.5, 52, 66.5, 60, PALETTE["forest"], 1)


def blower(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a rubber blower like a little rocket."""
    c.shadow(50, 83, 24, 5)
    for points in ([(38, 62), (26, 80), (40, 76)], [(62, 62), (74, 80), (60, 76)]):
        c.shape(points, shaded(darker(colour, 0.3)))
    c.shape([(47, 12), (53, 12), (55, 34), (45, 34)], shaded(RUBBER, across=True))
    c.blob(
        [(50, 29), (63, 38), (68, 55), (62, 72), (50, 78), (38, 72), (32, 55), (37, 38)],
        shaded(colour, 0.22, across=True),
    )
    c.rect(45, 76, 55, 81, RUBBER, 2)
    c.blob([(42, 40), (45, 38), (42, 56), (38, 58), (38, 48)], clear((255, 255, 255), 0.3))


def lenspen(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a pen with a brush at one end and a pad at the other."""
    c.shadow(50, 74, 34, 5)
    with c.placed(turn=-32):
        c.shape([(10, 46), (22, 46), (22, 56), (10, 55), (6, 50.5)], shaded(PALETTE["sand"]))
        for place in range(4):
            c.line([(9, 47.6 + place * 2), (22, 47.4 + place * 2.1)], 0.4, darker(PALETTE["sand"], 0.3))
        c.rect(21, 45, 28, 57, shaded(STEEL), 1)
        c.rect(27, 45, 80, 57, shaded(colour), 2.5)
        c.rect(44, 45, 60, 57, PALETTE["red"], 0.5)
        c.rect(80, 46.5, 86, 55.5, shaded(STEEL), 1)
        c.oval(88, 51, 4, 5, INK)


def cleaningkit(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a bottle, a brush, a cloth, before their case."""
    c.shadow(50, 80, 36, 5)
    c.rect(16, 36, 84, 78, shaded(RUBBER), 9)
    c.line([(20, 44), (80, 44)], 0.9, STEEL)
    c.rect(24, 44, 40, 80, shaded(lighter(colour, 0.25), across=True), 3)
    c.rect(28, 33, 36, 45, shaded(PALETTE["white"], across=True), 1.5)
    c.rect(24, 55, 40, 69, PAPER)
    c.rect(27, 59, 35, 61, colour, 0.8)
    c.shape([(49, 38), (56, 38), (55, 26), (50, 26)], PALETTE["sand"])
    c.rect(48.4, 38, 56.6, 78, shaded(PALETTE["walnut"], across=True), 2)
    c.shape([(62, 54), (82, 50), (84, 78), (63, 80)], shaded(colour))
    c.shape([(62, 54), (82, 50), (72, 64)], clear((255, 255, 255), 0.3))


def swabs(c: Canvas, colour: Colour, words: Words) -> None:
    """Swabs in front of their box."""
    c.shadow(50, 80, 32, 5)
    c.rect(20, 30, 60, 79, shaded(PAPER), 2)
    c.rect(20, 30, 60, 46, shaded(colour), 2)
    c.rect(26, 35, 44, 38, PAPER, 1)
    c.rect(26, 54, 50, 56, clear(INK, 0.2), 1)
    c.rect(26, 59, 44, 61, clear(INK, 0.2), 1)
    for place, turn in enumerate((-14, 4, 20)):
        with c.placed(dx=place * 6, turn=turn, about=(62, 78)):
            c.rect(60.6, 40, 63.6, 79, shaded(GLASS, across=True), 1)
            c.shape([(57, 26), (67, 26), (66, 42), (58, 42)], shaded(PAPER))


def raincover(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a camera under its cover, in the rain."""
    c.shadow(50, 82, 32, 5)
    c.blob([(22, 44), (34, 28), (58, 26), (76, 36), (82, 60), (80, 78), (50, 82), (20, 78), (18, 60)], shaded(colour))
    c.blob([(30, 46), (40, 36), (58, 36), (66, 46), (64, 62), (34, 62)], clear(PAPER, 0.6))
    c.rect(37, 45, 60, 59, clear(RUBBER, 0.75), 2)
    c.curve([(20, 76), (36, 73), (50, 77), (64, 73), (80, 76)], 1.2, darker(colour, 0.3))
    c.disc(73, 56, 8, shaded(RUBBER))
    c.disc(73, 56, 5.4, (60, 60, 100))
    for x, y in ((20, 16), (40, 12), (62, 14), (84, 22), (10, 34), (30, 22), (72, 24)):
        c.line([(x, y), (x - 2, y + 5)], 1, clear(PALETTE["sky"], 0.9))


DRAWINGS: dict[str, Drawing] = {
    "sling": sling,
    "backpack": backpack,
    "shoulderbag": shoulderbag,
    "insert": insert,
    "strap": strap,
    "wriststrap": wriststrap,
    "filter": filter_ring,
    "cloth": cloth,
    "cloths": cloths,
    "blower": blower,
    "lenspen": lenspen,
    "cleaningkit": cleaningkit,
    "swabs": swabs,
    "raincover": raincover,
}

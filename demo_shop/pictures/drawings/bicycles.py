"""Bicycles, helmets, locks and lights."""

from itertools import pairwise
from math import cos, pi, sin

from demo_shop.pictures.canvas import Canvas, Fade, shaded
from demo_shop.pictures.drawings.base import Drawing, Words
from demo_shop.pictures.palette import BRASS, INK, PALETTE, PAPER, RUBBER, STEEL, Colour, clear, darker, lighter


def wheel(c: Canvas, x: float, y: float, r: float, width: float, wall: Colour = RUBBER) -> None:
    """Draw a wheel with spokes."""
    for spoke in range(18):
        angle = spoke * pi / 9
        c.line([(x, y), (x + (r - 1) * cos(angle), y + (r - 1) * sin(angle))], 0.22, clear(darker(STEEL, 0.35), 0.9))
    c.ring(x, y, r - width * 0.9, 1, darker(STEEL, 0.15))
    c.ring(x, y, r, width, wall)
    c.ring(x, y, r + width * 0.22, width * 0.5, RUBBER)
    c.disc(x, y, 1.9, darker(STEEL, 0.3))
    c.disc(x, y, 0.9, INK)


def bicycle(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a bicycle seen from its right side, in the shape of its kind."""
    kind = next(word for word in words if word.startswith("bike_"))
    drop, gravel, city = kind in ("bike_road", "bike_gravel"), kind == "bike_gravel", kind in ("bike_city", "bike_e")
    small = kind in ("bike_fold", "bike_kid")
    r = 11 if kind == "bike_fold" else 13 if small else 18
    tyre = 3 if gravel or kind == "bike_e" else 1.7 if kind == "bike_road" else 2.5
    axle = 80 - r
    rear, front = (25.0, axle) if not small else (27.0, axle), (75.0, axle) if not small else (73.0, axle)
    c.shadow(50, 81.5, 42, 3.4)
    crank = (46.5, axle + 1.5)
    seat = (39.0, 38.0) if not drop else (37.6, 35.0)
    head = (65.5, 36.0) if city else (67.0, 37.0) if not small else (66.0, 42.0)
    joint = (39.9, 44.0) if not city else (42.0, 54.0)
    low = (head[0] + 1.2, head[1] + 6)
    wall = PALETTE["walnut"] if kind == "bike_road" and colour != PALETTE["black"] else RUBBER
    wheel(c, *rear, r, tyre, wall)
    wheel(c, *front, r, tyre, wall)
    thick = 2.6 if kind != "bike_e" else 3.4
    c.line([seat, (crank[0] - 0.6, crank[1])], 1.6, darker(STEEL, 0.2))
    c.line([rear, crank], thick * 0.7, darker(colour, 0.15))
    c.line([rear, (joint[0] + 0.4, joint[1] + 1)], thick * 0.62, darker(colour, 0.15))
    c.line([front, (low[0], low[1]), head], thick * 0.8, darker(colour, 0.08))
    c.line([joint, crank], thick, colour)
    c.line([crank, low], thick * 1.15, colour)
    if kind == "bike_fold":
        c.line([(44, 60), (66, 56)], thick * 1.4, colour)
        c.disc(55, 58, 2.4, darker(colour, 0.3))
    elif city:
        c.curve([joint, (50, 57), (60, 50), low], thick * 0.95, colour)
    else:
        c.line([joint, (head[0] + 0.5, head[1] + 1.6)], thick * 0.9, colour)
    c.line([head, (head[0] + 1.3, head[1] + 6.4)], thick * 1.1, lighter(colour, 0.12))
    if kind == "bike_e":
        with c.placed(turn=-41, about=((crank[0] + low[0]) / 2, (crank[1] + low[1]) / 2)):
            x, y = (crank[0] + low[0]) / 2, (crank[1] + low[1]) / 2
            c.rect(x - 9, y - 2.6, x + 9, y + 2, shaded(INK), 1.6)
            c.rect(x + 4, y - 1, x + 7, y, (120, 220, 180), 0.4)
        c.disc(crank[0], crank[1] - 0.6, 4.4, shaded(INK))
    if city:
        c.arc(*rear, r + 3.2, r + 3.2, 188, 318, 1.3, darker(colour, 0.2))
        c.arc(*front, r + 3.2, r + 3.2, 215, 345, 1.3, darker(colour, 0.2))
        c.rect(crank[0] - 19, crank[1] - 3.6, crank[0] + 2.6, crank[1] + 2.8, darker(colour, 0.38), 3)
        c.line([(17, 53), (36, 52)], 1.1, darker(STEEL, 0.45))
        c.line([(19, 53), rear], 0.7, darker(STEEL, 0.45))
        c.disc(73.6, 41.4, 2, (255, 244, 200))
        c.rect(69.4, 40, 73.6, 43, INK, 1)
    else:
        c.line([(crank[0], crank[1] + 3.6), (rear[0], rear[1] + 1.9)], 0.5, INK)
        c.line([(crank[0], crank[1] - 3.6), (rear[0], rear[1] - 1.9)], 0.5, INK)
        c.ring(*crank, 3.5, 1.1, INK)
    c.disc(*crank, 1.5, darker(STEEL, 0.25))
    c.line([crank, (crank[0] + 4.4, crank[1] + 5.4)], 1.2, INK)
    c.rect(crank[0] + 2, crank[1] + 5, crank[0] + 7.4, crank[1] + 6.6, INK, 0.7)
    c.line([(seat[0] + 0.3, seat[1] + 1), joint], 1.5, darker(STEEL, 0.2))
    saddle = PALETTE["brown"] if city and colour != PALETTE["graphite"] else INK
    c.blob(
        [
            (seat[0] - 6, seat[1] - 2.4),
            (seat[0] + 1, seat[1] - 1.8),
            (seat[0] + 6.6, seat[1] - 0.6),
            (seat[0] + 1, seat[1] + 1.2),
            (seat[0] - 5.6, seat[1] + 0.8),
        ],
        saddle,
    )
    x, y = head
    if drop:
        c.line([(x - 0.3, y), (x + 5, y - 2.6)], 1.6, INK)
        c.curve([(x + 5, y - 2.6), (x + 10, y - 2), (x + 10.4, y + 3), (x + 6.4, y + 5.4), (x + 2.6, y + 5)], 1.6, INK)
        c.line([(x + 9.6, y - 2.4), (x + 11.4, y + 2.6)], 1, darker(STEEL, 0.35))
    else:
        rise = 8 if small else 6
        c.line([(x, y), (x - 0.8, y - rise)], 1.7, darker(STEEL, 0.25))
        c.curve([(x - 0.8, y - rise), (x + 3, y - rise - 1.4), (x - 3.4, y - rise + 0.4)], 1.5, darker(STEEL, 0.25))
        c.line([(x - 2, y - rise + 0.2), (x - 7.4, y - rise + 1.8)], 2, saddle)
    if kind == "bike_kid":
        c.rect(x + 0.6, y - 4, x + 9, y + 3, shaded(PALETTE["coral"]), 1.6)
        c.line([(20, axle), (14, axle - 22)], 0.8, darker(STEEL, 0.2))
        c.shape([(14, axle - 22), (22, axle - 19), (14.8, axle - 15)], PALETTE["coral"])


def helmet_town(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a round helmet with a visor."""
    c.shadow(50, 76, 34, 5)
    c.curve([(34, 62), (42, 76), (52, 78), (62, 64)], 1.6, RUBBER)
    c.rect(47, 75.4, 55, 80, INK, 1.4)
    c.blob(
        [(18, 62), (17, 44), (28, 26), (50, 19), (72, 26), (82, 42), (82, 60), (66, 66), (50, 67), (34, 66)],
        shaded(colour, 0.22),
    )
    c.blob([(64, 58), (84, 56), (93, 62), (86, 66), (68, 66)], shaded(darker(colour, 0.35)))
    for x in (36, 50, 64):
        c.rect(x - 3, 30 + abs(x - 50) * 0.24, x + 3, 42 + abs(x - 50) * 0.18, darker(colour, 0.55), 3)
    c.line([(20, 60), (34, 64), (50, 65), (66, 64)], 1.2, darker(colour, 0.35))
    c.blob([(24, 48), (32, 32), (40, 26), (34, 38), (28, 50)], clear((255, 255, 255), 0.22))
    if colour == PALETTE["graphite"]:
        c.rect(15, 48, 20, 58, (240, 84, 76), 2)
        c.disc(17.4, 53, 9, clear((240, 84, 76), 0.2))


def helmet_road(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a long helmet with many vents."""
    c.shadow(50, 75, 36, 5)
    c.curve([(32, 60), (42, 76), (52, 78), (62, 62)], 1.6, RUBBER)
    c.rect(47, 75.4, 55, 80, INK, 1.4)
    c.blob(
        [(12, 58), (14, 44), (28, 28), (50, 21), (72, 27), (85, 42), (88, 56), (70, 62), (50, 63), (30, 64)],
        shaded(colour, 0.18),
    )
    dark = (62, 70, 86)
    for points in (
        [(30, 34), (46, 27), (48, 32), (32, 42)],
        [(54, 27), (70, 33), (76, 41), (56, 33)],
        [(22, 46), (44, 37), (48, 42), (22, 55)],
        [(56, 38), (80, 46), (82, 53), (56, 44)],
        [(34, 56), (48, 47), (54, 47), (66, 56), (50, 58)],
    ):
        c.blob(points, dark)
    c.curve([(14, 57), (30, 62), (50, 61), (70, 60), (87, 55)], 1.3, PALETTE["coral"])


def cablelock(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a coiled cable with a code barrel."""
    c.shadow(50, 80, 32, 5)
    for place in range(4):
        c.ring(50, 38 + place * 5, 25 - place * 0.6, 3.4, shaded(colour if place % 2 else darker(colour, 0.12)), 0.62)
    c.rect(28, 64, 72, 77, shaded(RUBBER), 5)
    for place in range(4):
        c.rect(37 + place * 6.8, 62.6, 42.4 + place * 6.8, 78.4, shaded(STEEL), 1.2)
        c.rect(38.8 + place * 6.8, 68.6, 40.6 + place * 6.8, 72.4, INK, 0.4)


def dlock(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a D-lock with its keys."""
    gold = colour == PALETTE["mustard"]
    c.shadow(48, 82, 32, 5)
    bow = INK if gold else darker(STEEL, 0.1)
    c.line([(27, 68), (27, 40)], 7, bow)
    c.line([(67, 68), (67, 40)], 7, bow)
    c.arc(47, 40, 20, 22, 180, 360, 7, bow)
    c.arc(47, 40, 21.4, 23.4, 190, 300, 0.9, clear((255, 255, 255), 0.35))
    c.rect(15, 64, 79, 80, shaded(colour), 7)
    c.rect(15, 64, 23, 80, shaded(RUBBER), 4)
    c.rect(71, 64, 79, 80, shaded(RUBBER), 4)
    c.disc(47, 72, 4.4, shaded(STEEL))
    c.rect(46.3, 69.6, 47.7, 74.4, INK, 0.5)
    c.ring(86, 62, 4.4, 1.2, darker(STEEL, 0.2))
    for turn in (8, -14):
        with c.placed(turn=turn, about=(86, 66)):
            c.disc(86, 69, 3.6, shaded(RUBBER))
            c.rect(85, 72, 87, 82, BRASS, 0.6)


def foldlock(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a lock of plates, half unfolded."""
    c.shadow(50, 78, 34, 5)
    joints = [(24, 68), (34, 30), (58, 22), (78, 40), (66, 68)]
    for place, (start, end) in enumerate(pairwise(joints)):
        c.line([start, end], 7.4, darker(colour, 0.05) if place % 2 else lighter(colour, 0.14))
    for x, y in joints[1:-1]:
        c.disc(x, y, 2.6, STEEL)
        c.disc(x, y, 1.1, darker(STEEL, 0.4))
    c.rect(16, 62, 74, 77, shaded(colour), 4)
    c.disc(26, 69.5, 3.6, shaded(STEEL))
    c.rect(25.4, 67.4, 26.6, 71.6, INK, 0.4)
    c.rect(40, 67.6, 62, 71.4, clear((255, 255, 255), 0.16), 1)


def chainlock(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a chain in its sleeve, with a padlock."""
    c.shadow(50, 81, 32, 5)
    path = [(42, 66), (24, 58), (20, 38), (34, 22), (56, 20), (76, 32), (76, 54), (58, 66)]
    c.curve(path, 9, darker(colour, 0.2))
    c.curve(path, 6.6, colour)
    c.curve(path, 0.9, clear((255, 255, 255), 0.45))
    for x, y in ((42, 66), (58, 66)):
        c.ring(x, y, 4, 2, darker(STEEL, 0.1))
    c.arc(50, 66, 7, 7, 180, 360, 3, STEEL)
    c.rect(37, 64, 63, 82, shaded(BRASS), 4)
    c.disc(50, 72, 2.4, INK)
    c.rect(49.2, 72, 50.8, 77.6, INK, 0.5)


def frontlight(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a front light and its beam."""
    c.shadow(40, 74, 26, 5)
    c.shape([(66, 38), (98, 18), (98, 82), (66, 62)], clear((255, 243, 196), 0.55))
    c.shape([(66, 43), (98, 32), (98, 68), (66, 57)], clear((255, 250, 224), 0.65))
    c.rect(18, 36, 62, 64, shaded(colour), 8)
    c.rect(58, 33, 69, 67, shaded(darker(colour, 0.2)), 4)
    c.rect(66, 37, 71, 63, Fade((255, 252, 236), (255, 228, 156)), 2.4)
    for x in (26, 31, 36):
        c.rect(x, 40, x + 2, 60, clear(INK, 0.35), 1)
    c.rect(42, 32.6, 52, 37, RUBBER, 2)
    c.rect(34, 62, 48, 70, shaded(RUBBER), 2)
    c.ring(41, 72, 6, 2.4, RUBBER)


def rearlight(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a red rear light, glowing."""
    c.shadow(50, 80, 22, 5)
    c.disc(50, 46, 36, clear((244, 96, 84), 0.14))
    c.disc(50, 46, 27, clear((244, 96, 84), 0.18))
    c.rect(34, 20, 66, 74, shaded(RUBBER), 11)
    c.rect(38, 25, 62, 64, Fade(lighter(colour, 0.25), darker(colour, 0.12)), 7)
    for row in range(4):
        for column in range(2):
            c.disc(45 + column * 10, 32 + row * 8.6, 2.6, (255, 176, 160))
            c.disc(45 + column * 10, 32 + row * 8.6, 1.1, (255, 240, 232))
    c.disc(50, 69, 1.8, lighter(RUBBER, 0.3))
    c.rect(45, 73, 55, 78, RUBBER, 1.4)


def lightset(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a white and a red light on rubber bands."""
    c.shadow(50, 76, 36, 5)
    for x, glow, lamp in ((33, (255, 244, 204), (255, 250, 232)), (67, (246, 140, 126), (255, 108, 92))):
        c.disc(x, 44, 20, clear(glow, 0.45))
        c.arc(x, 62, 9, 13, 0, 360, 2.6, RUBBER)
        c.rect(x - 13, 32, x + 13, 58, shaded(PALETTE["graphite"]), 8)
        c.disc(x, 45, 9, shaded(STEEL))
        c.disc(x, 45, 7.4, lamp)
        c.disc(x, 45, 3, PAPER)


DRAWINGS: dict[str, Drawing] = {
    **dict.fromkeys(("bike_city", "bike_e", "bike_road", "bike_gravel", "bike_fold", "bike_kid"), bicycle),
    "helmet_town": helmet_town,
    "helmet_road": helmet_road,
    "cablelock": cablelock,
    "dlock": dlock,
    "foldlock": foldlock,
    "chainlock": chainlock,
    "frontlight": frontlight,
    "rearlight": rearlight,
    "lightset": lightset,
}

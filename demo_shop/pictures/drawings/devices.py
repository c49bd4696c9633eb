"""Keyboards, mice, power, sound and video."""

from demo_shop.pictures.canvas import Canvas, Fade, shaded
from demo_shop.pictures.drawings.base import Drawing, Words
from demo_shop.pictures.palette import INK, PALETTE, PAPER, RUBBER, STEEL, WOOD, Colour, clear, darker, lighter, mix


def keys(c: Canvas, x: float, y: float, width: float, rows: int, per_row: int, cap: Colour, accent: Colour) -> None:
    """Rows of key caps from (x, y) on; the last row has a space bar."""
    step = width / per_row
    for row in range(rows):
        top = y + row * step
        if row == rows - 1:
            spans = [(0, 1.4), (1.4, 1.4), (2.8, per_row - 6.6), (per_row - 3.8, 1.9), (per_row - 1.9, 1.9)]
        else:
            spans = [(place, 1) for place in range(per_row - 2)] + [(per_row - 2, 2)]
        for place, (start, span) in enumerate(spans):
            shade = accent if (row, place) in ((0, 0), (2, len(spans) - 1)) else cap
            left, right = x + start * step + 0.3, x + (start + span) * step - 0.3
            c.rect(left, top + 0.3, right, top + step - 0.1, darker(shade, 0.16), 0.9)
            c.rect(left + 0.2, top + 0.2, right - 0.2, top + step - 0.9, lighter(shade, 0.06), 0.8)


def keyboard(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a keyboard seen from above."""
    c.shadow(50, 70, 44, 6)
    metal = colour == PALETTE["graphite"]
    cap = PALETTE["cream"] if colour == PALETTE["sage"] else (96, 102, 112) if metal else PAPER
    c.rect(5, 32, 95, 69, shaded(colour), 4)
    c.rect(5, 65, 95, 70, darker(colour, 0.22), 3)
    c.rect(8, 35, 92, 66, darker(colour, 0.28 if colour != PALETTE["white"] else 0.1), 2)
    keys(c, 9, 36, 75 if metal else 82, 5, 14, cap, PALETTE["coral"])
    if metal:
        c.disc(88, 39.4, 2.9, shaded(PALETTE["mustard"]))


def splitkeyboard(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a keyboard in two halves."""
    c.shadow(50, 72, 44, 6)
    c.curve([(36, 38), (46, 30), (54, 30), (64, 38)], 1.2, RUBBER)
    for flip in (False, True):
        with c.placed(flip=flip), c.placed(turn=9, about=(25, 52)):
            c.rect(4, 34, 45, 70, shaded(colour), 4)
            c.rect(7, 37, 42, 61, darker(colour, 0.4), 2)
            for row in range(4):
                for place in range(6):
                    x, y = 7.8 + place * 5.7, 37.8 + row * 5.8
                    shade = PALETTE["coral"] if (row, place) == (0, 0) else (98, 104, 114)
                    c.rect(x, y, x + 5, y + 5, darker(shade, 0.2), 1)
                    c.rect(x + 0.2, y, x + 4.8, y + 4.3, shade, 0.9)
            c.rect(28, 62.6, 42, 67.6, PALETTE["slate"], 1)


def wristrest(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a wooden wrist rest before a keyboard's edge."""
    c.shadow(50, 72, 42, 5)
    c.rect(10, 26, 90, 50, shaded(PALETTE["cream"]), 4)
    keys(c, 13, 29, 74, 4, 15, PAPER, PALETTE["coral"])
    c.rect(8, 53, 92, 71, shaded(lighter(colour, 0.1)), 6)
    c.rect(8, 64, 92, 71, shaded(darker(colour, 0.16)), 5)
    for y in (56.4, 59, 61.4):
        c.curve([(12, y), (34, y - 0.8), (60, y + 0.9), (88, y)], 0.3, darker(colour, 0.22))


def keycaps(c: Canvas, colour: Colour, words: Words) -> None:
    """Key caps in a heap of rows."""
    c.shadow(50, 78, 38, 5)
    shades = (PALETTE["cream"], colour, PALETTE["slate"])
    for row in range(4):
        for place in range(4):
            x, y = 15 + place * 18, 14 + row * 16
            shade = shades[(row * 2 + place * 3 + row * place) % 3]
            c.rect(x, y, x + 16, y + 15, shaded(darker(shade, 0.14)), 3)
            c.rect(x + 2.4, y + 1.2, x + 13.6, y + 11, shaded(lighter(shade, 0.1), 0.08), 2.4)


def mouse(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a mouse seen from above."""
    c.shadow(50, 82, 26, 6)
    c.blob(
        [(50, 18), (66, 24), (71, 46), (69, 68), (60, 82), (50, 84), (40, 82), (31, 68), (29, 46), (34, 24)],
        shaded(colour, 0.18),
    )
    c.line([(50, 19), (50, 46)], 0.7, darker(colour, 0.3))
    c.curve([(30.6, 48), (50, 46), (69.4, 48)], 0.7, darker(colour, 0.3))
    c.rect(47, 27, 53, 41, shaded(RUBBER), 3)
    c.rect(48, 29, 52, 39, PALETTE["coral"] if colour == PALETTE["graphite"] else lighter(RUBBER, 0.3), 2)
    if colour == PALETTE["graphite"]:
        c.blob([(30, 50), (33, 58), (33, 68), (29.6, 60)], lighter(colour, 0.25))


def verticalmouse(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a mouse held like a handshake."""
    c.shadow(50, 80, 34, 5)
    c.blob(
        [(18, 74), (24, 52), (38, 28), (50, 20), (60, 24), (66, 40), (76, 60), (82, 76), (52, 80), (22, 80)],
        shaded(colour),
    )
    c.blob([(38, 30), (50, 21), (58, 24), (62, 38), (50, 46), (36, 52), (30, 44)], shaded(lighter(colour, 0.12)))
    c.line([(34, 40), (60, 32)], 0.7, darker(colour, 0.4))
    c.rect(46, 27, 51, 36, PALETTE["coral"], 2)
    c.blob([(60, 48), (70, 56), (74, 66), (64, 60)], darker(colour, 0.3))


def trackball(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a trackball with a large ball."""
    c.shadow(50, 80, 34, 5)
    body = PALETTE["graphite"]
    c.blob([(16, 62), (24, 40), (44, 24), (66, 24), (82, 40), (86, 62), (78, 78), (50, 82), (24, 78)], shaded(body))
    c.line([(56, 24), (60, 50)], 0.7, darker(body, 0.4))
    c.rect(66, 32, 71, 44, shaded(RUBBER), 2.4)
    c.disc(36, 54, 16.4, darker(body, 0.4))
    c.disc(36, 54, 14.6, Fade(lighter(colour, 0.25), darker(colour, 0.25)))
    c.oval(31, 47, 4.4, 3, (255, 255, 255, 130))


def hub(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a hub with its sockets and a short cable."""
    c.shadow(54, 72, 38, 5)
    c.curve([(24, 52), (12, 48), (8, 34), (16, 22)], 2.6, RUBBER)
    c.rect(12.4, 12, 19.6, 24, shaded(STEEL, across=True), 1.4)
    c.rect(22, 42, 92, 60, shaded(lighter(colour, 0.08)), 4)
    c.rect(22, 54, 92, 68, shaded(darker(colour, 0.08)), 4)
    many = colour == PALETTE["graphite"]
    for place in range(5 if many else 3):
        x = 29 + place * (12 if many else 15)
        c.rect(x, 58, x + (8 if many else 10), 63, INK, 1)
        c.rect(x + 1.2, 60.4, x + (6.8 if many else 8.8), 61.6, PALETTE["sky"], 0.4)
    c.disc(86, 50, 1.4, (150, 224, 180))


def dock(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a dock standing upright."""
    c.shadow(50, 84, 36, 5)
    c.rect(16, 30, 84, 80, shaded(colour, 0.2), 6)
    c.rect(16, 30, 84, 36, shaded(lighter(colour, 0.2)), 5)
    for row, widths in enumerate(((9, 9, 13, 13), (16, 9, 9, 9))):
        x = 24.0
        for width in widths:
            c.rect(x, 45 + row * 14, x + width, 52 + row * 14, INK, 1.2)
            c.rect(x + 1.6, 48.6 + row * 14, x + width - 1.6, 50 + row * 14, clear(PALETTE["sky"], 0.8), 0.5)
            x += width + 4
    c.disc(77, 33, 1.4, (150, 224, 180))
    c.rect(20, 80, 80, 83, RUBBER, 1)


def charger(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a wall charger."""
    c.shadow(48, 80, 28, 5)
    for x in (34, 50):
        c.rect(x, 14, x + 4.4, 32, shaded(STEEL, across=True), 1)
    c.rect(41, 10, 47, 30, shaded(STEEL, across=True), 1)
    c.rect(22, 28, 66, 80, shaded(colour), 8)
    ports = 3 if colour == PALETTE["graphite"] else 2
    for place in range(ports):
        c.rect(34, 42 + place * 11, 54, 48 + place * 11, INK, 3)
        c.rect(38, 44.2 + place * 11, 50, 45.8 + place * 11, STEEL, 0.7)
    c.curve([(54, 56), (76, 56), (82, 70), (76, 84)], 2.2, darker(colour, 0.18))


def cable(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a coiled cable."""
    c.shadow(50, 80, 32, 5)
    for place in range(4):
        c.ring(50, 50, 29 - place * 3.6, 2.8, shaded(colour if place % 2 else lighter(colour, 0.14)))
    c.curve([(50, 21), (66, 14), (80, 20)], 2.8, colour)
    c.curve([(32, 70), (24, 80), (34, 86)], 2.8, colour)
    for x, y, turn in ((83, 22, 108), (37, 87, 98)):
        with c.placed(turn=turn, about=(x, y)):
            c.rect(x - 3.4, y - 8, x + 3.4, y + 3, shaded(STEEL, across=True), 1.6)
            c.rect(x - 2, y - 12, x + 2, y - 8, darker(STEEL, 0.25), 0.8)
    c.rect(75, 44, 85, 56, shaded(PALETTE["walnut"]), 2)


def cabletray(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a tray full of plugs below a desk top."""
    c.shadow(50, 86, 40, 4)
    c.shape([(6, 24), (94, 24), (98, 30), (2, 30)], shaded(lighter(PALETTE["oak"], 0.15)))
    c.rect(2, 29.6, 98, 35, shaded(PALETTE["oak"]), 1)
    for x in (20, 76):
        c.rect(x, 35, x + 4, 56, shaded(STEEL, across=True), 0.6)
    c.rect(22, 44, 78, 58, shaded(PAPER), 3)
    for x in range(28, 74, 12):
        c.disc(x + 3, 51, 4, clear(INK, 0.14))
    for x, shade in ((31, RUBBER), (43, PALETTE["slate"]), (67, RUBBER)):
        c.rect(x - 4, 42, x + 4, 54, shaded(shade), 2)
        c.curve([(x, 44), (x + 4, 38), (x - 3, 35)], 1.4, shade)
    c.rect(12, 54, 88, 72, shaded(colour), 3)
    for x in range(17, 84, 6):
        c.rect(x, 58, x + 3.4, 68, darker(colour, 0.4), 1.6)


def cableties(c: Canvas, colour: Colour, words: Words) -> None:
    """Bundled cables, and loose ties."""
    c.shadow(50, 78, 38, 5)
    for place, shade in enumerate((INK, PALETTE["navy"], PALETTE["silver"], PALETTE["coral"])):
        y = 38 + place * 4
        c.curve([(4, y - 8), (24, y), (40, y), (62, y), (78, y + 2), (98, y - 6 + place * 4)], 3, shade)
    for x in (28, 58):
        c.rect(x, 32, x + 8, 56, shaded(colour), 2)
        c.rect(x, 34, x + 8, 38, darker(colour, 0.25))
        c.rect(x + 6, 47, x + 17, 55, shaded(lighter(colour, 0.12)), 2)
    for place, shade in enumerate((PALETTE["sage"], PALETTE["mustard"], PALETTE["coral"])):
        y = 66 + place * 6
        c.rect(24 + place * 5, y, 68 + place * 5, y + 3.8, shaded(shade), 1.6)
        c.rect(66 + place * 5, y - 0.8, 75 + place * 5, y + 4.6, shaded(darker(shade, 0.1)), 1.2)


def cableclips(c: Canvas, colour: Colour, words: Words) -> None:
    """Weights with a slot, one holding a cable."""
    c.shadow(50, 78, 38, 5)
    c.curve([(30, 44), (24, 22), (50, 12), (92, 14)], 2.2, PAPER)
    for x, y in ((30, 50), (68, 50), (49, 70)):
        c.pipe(x - 14, y, x + 14, y + 8, shaded(STEEL, across=True), 0.34)
        c.pipe(x - 14, y - 6, x + 14, y, shaded(colour, across=True), 0.34)
        c.oval(x, y - 6, 14, 4.8, lighter(colour, 0.14))
        c.line([(x, y - 10), (x, y - 4)], 2.4, darker(colour, 0.5))
    c.curve([(30, 46), (26, 34), (25, 26)], 2.2, PAPER)


def powercube(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a cube of sockets."""
    c.shadow(50, 82, 36, 5)
    c.shape([(50, 18), (84, 30), (50, 43), (16, 30)], shaded(lighter(colour, 0.2)))
    c.shape([(16, 30), (50, 43), (50, 84), (16, 70)], shaded(colour))
    c.shape([(84, 30), (50, 43), (50, 84), (84, 70)], shaded(darker(colour, 0.14)))
    c.shape([(24, 44), (42, 51), (42, 69), (24, 62)], darker(colour, 0.1))
    for x, y in ((33, 50), (28, 57), (37, 60)):
        c.shape([(x, y), (x + 2.4, y + 1), (x + 2.4, y + 5), (x, y + 4)], INK)
    for place in range(3):
        c.shape([(58, 50 + place * 9), (72, 44.6 + place * 9), (72, 48.4 + place * 9), (58, 53.8 + place * 9)], INK)
    c.oval(50, 30, 8, 3.2, PALETTE["coral"])
    c.curve([(18, 68), (6, 72), (6, 84), (16, 90)], 2.4, PAPER)


def chargepad(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a wireless charger with a phone hovering over it."""
    c.shadow(50, 76, 38, 6)
    c.curve([(80, 64), (94, 66), (98, 78)], 2.2, RUBBER)
    c.pipe(16, 60, 84, 66, shaded(darker(colour, 0.2), across=True), 0.3)
    c.oval(50, 60, 34, 10, lighter(colour, 0.12))
    c.oval(50, 60, 22, 6.2, darker(colour, 0.1))
    c.oval(50, 60, 19, 5.2, lighter(colour, 0.1))
    c.shape([(28, 36), (66, 30), (76, 46), (36, 53)], shaded(INK))
    c.shape([(30.4, 37), (65, 31.6), (73.4, 45), (37, 51.2)], Fade((140, 176, 208), (226, 198, 186)))
    c.shape([(52, 36), (46, 42.6), (50.4, 42), (48.6, 47.4), (55.6, 40.4), (51, 41)], PAPER)


def headphones(c: Canvas, colour: Colour, words: Words) -> None:
    """Headphones; a headset has a microphone."""
    c.shadow(50, 84, 32, 5)
    thin = "headset" in words
    c.arc(50, 50, 29, 33, 180, 360, 3.4 if thin else 6, darker(colour, 0.15))
    c.arc(50, 50, 29, 33, 205, 335, 5 if thin else 8.6, colour)
    half = 7 if thin else 9
    for x in (21, 79):
        inner = x + (4 if x < 50 else -4)
        c.rect(inner - half * 0.7, 47, inner + half * 0.7, 75, shaded(RUBBER), 6)
        c.rect(x - half * 0.8, 44, x + half * 0.8, 78, shaded(colour), 7)
        c.rect(x - half * 0.3, 54, x + half * 0.3, 68, darker(colour, 0.14), 2.4)
    if thin:
        c.curve([(20, 74), (24, 88), (40, 88), (48, 82)], 1.8, darker(colour, 0.2))
        c.rect(44, 77, 55, 84, shaded(RUBBER), 3.4)
        c.disc(79, 61, 2, PALETTE["coral"])


def webcam(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a webcam on the edge of a screen."""
    c.shadow(50, 86, 36, 4)
    c.rect(8, 66, 92, 90, shaded(INK), 3)
    c.rect(11, 69, 89, 90, Fade((140, 176, 208), (196, 188, 196)), 2)
    c.rect(42, 54, 58, 70, shaded(darker(colour, 0.2)), 2)
    c.rect(20, 26, 80, 56, shaded(colour), 13)
    c.disc(50, 41, 12.6, shaded(darker(colour, 0.35)))
    c.disc(50, 41, 10.4, INK)
    c.disc(50, 41, 8, Fade((82, 74, 126), (34, 40, 70)))
    c.disc(50, 41, 3.8, (22, 24, 38))
    c.oval(46.6, 37.4, 2.4, 1.7, (255, 255, 255, 160))
    c.disc(68, 41, 1.5, (150, 224, 180))
    c.rect(28, 38, 32, 44, darker(colour, 0.4), 1)
    if colour == PALETTE["black"]:
        c.rect(40, 22, 60, 27, shaded(PALETTE["slate"]), 2)


def speakers(c: Canvas, colour: Colour, words: Words) -> None:
    """Two small wooden speakers."""
    c.shadow(50, 84, 42, 5)
    for x in (10, 54):
        c.rect(x, 22, x + 36, 82, shaded(lighter(colour, 0.14), across=True), 4)
        c.rect(x + 3, 25, x + 33, 79, shaded(INK), 3)
        c.disc(x + 18, 38, 6.4, shaded(PALETTE["slate"]))
        c.disc(x + 18, 38, 3.2, STEEL)
        c.disc(x + 18, 61, 12.4, shaded(PALETTE["slate"]))
        c.disc(x + 18, 61, 9.8, shaded(darker(RUBBER, 0.1)))
        c.disc(x + 18, 61, 3.8, shaded(STEEL))


def micstand(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a microphone on its stand."""
    c.shadow(50, 86, 28, 5)
    c.pipe(30, 81, 70, 85, shaded(RUBBER, across=True), 0.2)
    c.line([(50, 82), (50, 66)], 2.8, STEEL)
    c.arc(50, 46, 22, 22, 20, 160, 2.6, darker(STEEL, 0.2))
    c.rect(34, 14, 66, 42, shaded(STEEL, 0.2), 15)
    for y in range(18, 42, 4):
        c.line([(36, y), (64, y)], 0.5, clear(INK, 0.28))
    for x in range(38, 64, 4):
        c.line([(x, 16), (x, 41)], 0.5, clear(INK, 0.28))
    c.rect(34, 40, 66, 62, shaded(colour, across=True), 5)
    c.rect(34, 40, 66, 43.6, PALETTE["copper"])
    c.disc(50, 53, 4.2, shaded(STEEL))
    c.line([(50, 53), (52, 50.6)], 0.9, INK)


def mousepad(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a felt pad with a mouse on it."""
    c.shadow(50, 78, 40, 5)
    c.rect(12, 26, 88, 76, shaded(colour), 8)
    c.rect(14.4, 28.4, 85.6, 73.6, clear((255, 255, 255), 0.05), 7)
    for x in range(18, 84, 4):
        c.line([(x, 28), (x + 1.8, 28)], 0.6, lighter(colour, 0.3))
        c.line([(x, 74), (x + 1.8, 74)], 0.6, lighter(colour, 0.3))
    with c.placed(dx=8, dy=0, scale=0.5, turn=14, about=(50, 50)):
        mouse(c, mix(PAPER, STEEL, 0.2), words | {"bare"})


def screenlesson(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a lesson on a screen: with a pencil where one practises, with a second window where somebody answers."""
    c.shadow(50, 84, 38, 5)
    c.rect(12, 22, 88, 72, INK, 4)
    c.rect(15, 25, 85, 69, shaded(lighter(colour, 0.25)), 2)
    c.disc(45, 47, 11, clear(PAPER, 0.9))
    c.shape([(41.6, 40.6), (41.6, 53.4), (52.4, 47)], darker(colour, 0.1))
    c.rect(20, 63, 80, 64.6, clear(PAPER, 0.6), 0.8)
    c.rect(20, 63, 44, 64.6, PAPER, 0.8)
    if "teacher" in words:
        c.rect(63, 29, 82, 44, PAPER, 1.6)
        c.disc(72.5, 35, 3, shaded(WOOD))
        c.rect(67, 39.4, 78, 44, shaded(darker(colour, 0.2)), 2)
    c.rect(4, 74, 96, 80, shaded(STEEL), 3)
    c.rect(42, 74, 58, 76, darker(STEEL, 0.2), 1)
    if "pencil" in words:
        with c.placed(turn=-24, about=(76, 66)):
            c.rect(60, 64, 88, 68, shaded(PALETTE["mustard"]), 0.6)
            c.shape([(60, 64), (60, 68), (54, 66)], lighter(WOOD, 0.3))
            c.shape([(56.4, 65.2), (56.4, 66.8), (54, 66)], INK)


DRAWINGS: dict[str, Drawing] = {
    "keyboard": keyboard,
    "splitkeyboard": splitkeyboard,
    "wristrest": wristrest,
    "keycaps": keycaps,
    "mouse": mouse,
    "verticalmouse": verticalmouse,
    "trackball": trackball,
    "hub": hub,
    "dock": dock,
    "charger": charger,
    "cable": cable,
    "cabletray": cabletray,
    "cableties": cableties,
    "cableclips": cableclips,
    "powercube": powercube,
    "chargepad": chargepad,
    "headphones": headphones,
    "headset": headphones,
    "webcam": webcam,
    "speakers": speakers,
    "micstand": micstand,
    "mousepad": mousepad,
    "screenlesson": screenlesson,
}

"""Cameras, lenses, and what holds and feeds them."""

from demo_shop.pictures.canvas import Canvas, Fade, shaded
from demo_shop.pictures.drawings.base import Drawing, Words
from demo_shop.pictures.palette import GLASS, INK, PALETTE, RUBBER, STEEL, Colour, clear, darker, lighter, mix


def glass(c: Canvas, x: float, y: float, r: float) -> None:
    """Draw a front element, with its coating and two reflections."""
    c.disc(x, y, r, INK)
    c.disc(x, y, r * 0.86, Fade((52, 58, 92), (28, 30, 48)))
    c.disc(x, y, r * 0.6, Fade((74, 66, 118), (34, 40, 72)))
    c.disc(x, y, r * 0.32, (26, 28, 44))
    c.oval(x - r * 0.32, y - r * 0.36, r * 0.24, r * 0.16, (255, 255, 255, 150))
    c.disc(x + r * 0.34, y + r * 0.36, r * 0.1, (255, 255, 255, 80))


def camera(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a mirrorless body with a small lens."""
    body, skin = (colour, darker(colour, 0.35)) if "retro" not in words else (PALETTE["silver"], PALETTE["brown"])
    c.shadow(50, 77, 36, 6)
    if "grip" in words:
        c.rect(34, 23, 60, 40, shaded(body), 4)
        c.rect(40, 21.5, 54, 25, RUBBER, 1.5)
    c.rect(26, 27.5, 35, 34, shaded(darker(body, 0.25)), 1.5)
    c.oval(30.5, 28, 4.5, 1.2, lighter(body, 0.3))
    c.rect(66, 29, 77, 36, shaded(darker(body, 0.3)), 1.5)
    c.rect(70, 26.5, 75, 29.5, PALETTE["red"] if "retro" in words else STEEL, 1.2)
    c.rect(16, 33, 84, 76, shaded(body), 7)
    c.rect(16, 43, 84, 70, skin, 0)
    c.rect(16, 43, 28, 76, shaded(darker(skin, 0.2)), 4)
    c.rect(16, 42.4, 84, 43.4, clear((255, 255, 255), 0.16))
    c.rect(68, 36.5, 78, 41, darker(skin, 0.5), 1.5)
    c.rect(69, 37.2, 74, 39, clear(GLASS, 0.6), 0.8)
    c.disc(76, 47, 1.5, (250, 214, 150))
    c.disc(50, 55, 21, shaded(darker(body, 0.1)))
    c.disc(50, 55, 19.4, shaded(RUBBER))
    c.disc(50, 55, 16.6, shaded(darker(RUBBER, 0.15)))
    c.ring(50, 55, 15.6, 0.6, clear((255, 255, 255), 0.35))
    glass(c, 50, 55, 12.6)


def compact(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a flat pocket camera."""
    c.shadow(50, 74, 34, 5)
    c.rect(60, 31, 70, 36, shaded(darker(colour, 0.3)), 1.5)
    c.rect(19, 35, 81, 73, shaded(colour), 8)
    c.rect(19, 43, 31, 65, darker(colour, 0.18), 3)
    c.rect(24, 38.5, 34, 42, clear((255, 255, 255), 0.75), 1)
    c.rect(66, 39, 76, 41.5, clear(INK, 0.25), 1)
    c.disc(54, 55, 15.5, shaded(STEEL))
    c.disc(54, 55, 13.6, shaded(RUBBER))
    glass(c, 54, 55, 9.6)
    c.disc(74, 46, 1.3, (250, 230, 190))


def filmcam(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a plastic film camera with a flash."""
    c.shadow(50, 75, 35, 5)
    c.disc(76, 36, 4.4, shaded(darker(colour, 0.3)))
    c.rect(17, 35, 83, 74, shaded(PALETTE["cream"]), 6)
    c.rect(17, 50, 83, 67, shaded(colour))
    c.rect(22, 39, 38, 47.5, INK, 2)
    c.rect(23, 40, 37, 46.5, Fade((250, 248, 236), (206, 214, 222)), 1.4)
    c.rect(62, 39, 72, 46, RUBBER, 1.5)
    c.rect(64, 40.4, 70, 44.6, clear(GLASS, 0.7), 0.8)
    c.disc(50, 56, 14, shaded(RUBBER))
    c.disc(50, 56, 11, PALETTE["cream"])
    glass(c, 50, 56, 7.4)


def film(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw rolls of film: one box, two canisters."""
    c.shadow(50, 78, 34, 5)
    with c.placed(turn=-5, about=(36, 55)):
        c.rect(20, 32, 48, 77, shaded(colour), 1.5)
        c.rect(20, 42, 48, 55, PALETTE["cream"])
        c.rect(24, 45.5, 38, 48, darker(colour, 0.5), 1)
        c.rect(24, 50, 33, 51.6, darker(colour, 0.2), 0.8)
        c.rect(20, 64, 48, 68, PALETTE["red"])
    for x in (55, 73):
        c.rect(x + 4, 41, x + 10, 46, INK, 1)
        c.rect(x, 45, x + 14, 77, shaded(colour, across=True), 1.5)
        c.rect(x, 45, x + 14, 48.5, RUBBER, 1)
        c.rect(x, 74, x + 14, 78, RUBBER, 1)
        c.rect(x, 56, x + 14, 66, PALETTE["cream"])
    c.shape([(55, 50), (49.5, 52), (49.5, 72), (55, 73)], (94, 70, 58))


def lens(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a lens standing on its mount, seen from the side, as long as it is."""
    with c.placed(scale=1.28, about=(50, 82)):
        _lens(c, colour, words)


def _lens(c: Canvas, colour: Colour, words: Words) -> None:
    long, medium = "long" in words, "medium" in words
    height = 56 if long else 44 if medium else 38 if "wide" in words else 32 if "prime" in words else 26
    half = 19 if "wide" in words else 17 if long or medium else 18
    top, bottom = 79 - height, 79
    c.shadow(50, 79.5, half + 8, 5)
    grip = darker(RUBBER, 0.1)
    c.pipe(50 - half * 0.82, bottom - 6, 50 + half * 0.82, bottom, shaded(STEEL, across=True), 0.2)
    c.pipe(50 - half, top + 3, 50 + half, bottom - 5, shaded(colour, 0.24, across=True), 0.2)
    ring_top, ring_bottom = top + height * 0.26, top + height * (0.56 if long else 0.52)
    c.pipe(50 - half - 0.7, ring_top, 50 + half + 0.7, ring_bottom, shaded(grip, 0.24, across=True), 0.2)
    step = 2.4
    for place in range(int(2 * half / step)):
        x = 50 - half + 1.4 + place * step
        sag = 3.2 * (1 - ((x - 50) / half) ** 2)
        c.line([(x, ring_top + sag + 0.8), (x, ring_bottom + sag - 0.6)], 0.5, clear((255, 255, 255), 0.13))
    y = bottom - (9 if height < 30 else 12)
    accent = PALETTE["red"] if "white" in words or height > 50 else PALETTE["mustard"]
    c.arc(50, y, half, half * 0.2, 8, 172, 0.9, accent)
    if height > 30:
        for place, x in enumerate((42, 47, 52, 57)):
            c.rect(
                x, y - 4.4 + (0.4 if place in (0, 3) else 0.8), x + 2.4, y - 3.4 + 0.6, clear((255, 255, 255), 0.7), 0.3
            )
    c.oval(50, top + 3, half, half * 0.3, darker(colour, 0.35))
    c.oval(50, top + 2.6, half * 0.88, half * 0.25, INK)
    c.oval(50, top + 3, half * 0.74, half * 0.2, Fade((84, 74, 132), (36, 42, 76)))
    c.oval(44, top + 2.2, half * 0.2, half * 0.06, (255, 255, 255, 150))


def tripod(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a tripod with a ball head."""
    c.shadow(50, 86, 30, 4)
    for end, knee in ((24, 38), (76, 62)):
        c.line([(50, 40), (end, 86)], 3, darker(colour, 0.2))
        c.line([(50, 40), ((50 + end) / 2, 63)], 4.2, colour)
        c.line([((50 + knee) / 2, 58), ((50 + end) / 2, 63)], 5, RUBBER)
        c.disc(end, 86, 2, RUBBER)
    c.line([(50, 42), (50, 86)], 3, darker(colour, 0.3))
    c.line([(50, 42), (50, 62)], 4.2, shaded(colour).end)
    c.line([(50, 60), (50, 63)], 5.2, RUBBER)
    c.disc(50, 86, 2, RUBBER)
    c.rect(44, 34, 56, 45, shaded(colour), 3)
    ball_head(c, colour, 50, 27, 0.62)


def ball_head(c: Canvas, colour: Colour, x: float, y: float, scale: float) -> None:
    """Draw a ball in its cup, with the clamp above and a knob."""
    with c.placed(dx=x - 50, dy=y - 50, scale=scale):
        c.rect(38, 54, 62, 66, shaded(colour, across=True), 3)
        c.disc(50, 50, 10, shaded(STEEL))
        c.rect(36, 46, 64, 60, shaded(darker(colour, 0.1), across=True), 5)
        c.rect(34, 36, 66, 42, shaded(RUBBER), 1.5)
        c.rect(47, 41, 53, 47, STEEL)
        c.rect(64, 49, 73, 57, shaded(RUBBER, across=True), 2)
        c.rect(38, 33.5, 62, 36, PALETTE["red"], 1)


def ballhead(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a ball head on its own."""
    c.shadow(50, 78, 26, 5)
    c.pipe(34, 70, 66, 76, shaded(RUBBER, across=True))
    ball_head(c, colour, 50, 54, 1.55)


def tabletripod(c: Canvas, colour: Colour, words: Words) -> None:
    """Three short legs."""
    c.shadow(50, 80, 30, 5)
    for points in ([(48, 56), (26, 79)], [(52, 56), (74, 79)], [(50, 56), (51, 81)]):
        c.line(points, 6, darker(colour, 0.1))
        c.line(
            [points[0], ((points[0][0] + points[1][0]) / 2, (points[0][1] + points[1][1]) / 2)],
            4,
            lighter(colour, 0.15),
        )
        c.disc(*points[1], 3.4, RUBBER)
    c.rect(42, 46, 58, 60, shaded(colour), 4)
    ball_head(c, colour, 50, 34, 0.95)


def monopod(c: Canvas, colour: Colour, words: Words) -> None:
    """One leg, leaning."""
    c.shadow(50, 85, 16, 4)
    with c.placed(turn=9):
        c.line([(50, 20), (50, 84)], 2.8, darker(colour, 0.25))
        c.line([(50, 20), (50, 66)], 4, darker(colour, 0.1))
        c.line([(50, 20), (50, 48)], 5.4, colour)
        c.rect(46, 22, 54, 40, RUBBER, 3)
        for y in (48, 66):
            c.rect(46.4, y - 2, 53.6, y + 2, RUBBER, 1.4)
        c.rect(44, 14, 56, 19, shaded(RUBBER), 1.5)
        c.rect(48.6, 11, 51.4, 14.5, STEEL, 0.6)
        c.disc(50, 85, 2.4, RUBBER)
        c.arc(57, 34, 4.5, 9, -90, 90, 1.1, mix(colour, PALETTE["mustard"], 0.6))


def ledpanel(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a flat light with a warm glow."""
    c.shadow(50, 80, 26, 5)
    c.disc(50, 46, 38, clear((255, 244, 206), 0.4))
    c.rect(47, 66, 53, 76, STEEL)
    c.rect(40, 74, 60, 80, shaded(RUBBER), 2)
    c.rect(22, 25, 78, 68, shaded(colour), 5)
    c.rect(25.5, 28.5, 74.5, 64.5, Fade((255, 252, 238), (255, 232, 178)), 3)
    for row in range(4):
        for column in range(7):
            c.disc(30.5 + column * 6.5, 33.5 + row * 8.6, 1.25, (255, 218, 140))


def flash(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a flash with its head turned up a little."""
    c.shadow(50, 82, 22, 5)
    c.rect(42, 76, 58, 81, shaded(STEEL), 1.5)
    c.rect(35, 46, 65, 77, shaded(colour), 4)
    c.rect(40, 53, 60, 64, Fade(GLASS, mix(GLASS, INK, 0.25)), 1.5)
    c.disc(44, 70, 1.8, lighter(colour, 0.3))
    c.disc(50, 70, 2.6, lighter(colour, 0.2))
    c.disc(56, 70, 1.8, PALETTE["red"])
    with c.placed(turn=-8, about=(50, 46)):
        c.rect(30, 20, 70, 46, shaded(colour), 4)
        c.rect(33, 23, 67, 35, Fade((253, 251, 240), (214, 222, 230)), 1.5)
        for x in (41, 50, 59):
            c.line([(x, 23.5), (x, 34.5)], 0.4, clear(INK, 0.2))


def camera_mic(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a microphone in its fur, on a shoe mount."""
    c.shadow(50, 79, 24, 5)
    c.rect(42, 73, 58, 78, shaded(STEEL), 1.5)
    c.rect(46, 60, 54, 74, shaded(RUBBER), 2)
    c.arc(50, 54, 20, 12, 0, 180, 2.4, RUBBER)
    fur = lighter(colour, 0.12)
    c.rect(18, 32, 72, 56, shaded(fur, 0.25), 12)
    for step in range(24):
        x = 22 + step * 2.1
        c.line([(x, 33.4 + step % 3), (x - 1.4, 30.6 + step % 2)], 1, fur)
        c.line([(x, 54.8 - step % 3), (x - 1.2, 57.4)], 1, darker(fur, 0.12))
    c.rect(70, 36, 84, 52, shaded(RUBBER), 4)
    c.curve([(84, 45), (91, 52), (84, 66), (72, 70)], 1.3, RUBBER)


def card(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a memory card."""
    c.shadow(52, 80, 24, 5)
    with c.placed(turn=6):
        c.shape([(29, 22), (60, 22), (71, 33), (71, 78), (29, 78)], shaded(RUBBER))
        c.rect(33, 38, 67, 73, shaded(colour), 2.5)
        for place in range(5):
            c.rect(33 + place * 5.4, 25, 36.6 + place * 5.4, 33, (216, 186, 112), 0.8)
        c.rect(37, 44, 52, 47.6, PALETTE["white"], 1)
        c.rect(37, 51, 47, 53, clear((255, 255, 255), 0.7), 0.8)
        c.rect(37, 64, 63, 68, clear((255, 255, 255), 0.35), 1)
        c.rect(27.6, 44, 30, 51, STEEL, 0.8)


def reader(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a reader with a card half-way in."""
    c.shadow(50, 72, 30, 5)
    with c.placed(turn=-8):
        c.shape([(36, 26), (54, 26), (60, 32), (60, 52), (36, 52)], shaded(PALETTE["sky"]))
        for place in range(4):
            c.rect(38.6 + place * 4, 28.4, 41 + place * 4, 33, (216, 186, 112), 0.6)
        c.rect(24, 44, 74, 68, shaded(colour), 5)
        c.rect(32, 47, 66, 50, INK, 1.4)
        c.disc(67, 60, 1.5, (140, 220, 170))
    c.curve([(72, 53), (84, 50), (86, 64), (78, 76)], 2.4, darker(colour, 0.15))


def battery(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a camera battery."""
    c.shadow(51, 79, 24, 5)
    with c.placed(turn=-7):
        c.rect(32, 24, 68, 78, shaded(colour), 4)
        c.rect(35, 40, 65, 72, PALETTE["cream"], 2)
        for place in range(3):
            c.rect(38 + place * 8.6, 27, 44 + place * 8.6, 33, (216, 186, 112), 0.8)
        c.shape([(52, 45), (43, 58), (49, 58), (47, 68), (57, 54), (51, 54)], PALETTE["amber"])


def batterycharger(c: Canvas, colour: Colour, words: Words) -> None:
    """Two batteries side by side in their cradle."""
    c.shadow(50, 78, 32, 5)
    c.rect(20, 54, 80, 77, shaded(colour), 5)
    for x in (25, 53):
        c.rect(x, 27, x + 22, 66, shaded(lighter(colour, 0.14)), 3)
        c.rect(x + 3, 34, x + 19, 56, PALETTE["cream"], 1.5)
        c.shape(
            [(x + 12, 37), (x + 7, 45), (x + 10.4, 45), (x + 9, 53), (x + 15, 43), (x + 11.6, 43)], PALETTE["amber"]
        )
    for x in (36, 64):
        c.disc(x, 71.5, 1.5, (140, 220, 170))


def powerbank(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a slim power bank with a short cable."""
    c.shadow(51, 80, 24, 5)
    c.curve([(60, 24), (70, 16), (80, 26), (80, 44), (76, 54)], 1.8, RUBBER)
    c.rect(73.4, 54, 78.6, 62, STEEL, 1)
    c.rect(32, 22, 66, 79, shaded(colour, 0.22, across=True), 6)
    for place in range(4):
        c.disc(42 + place * 5, 72, 1.2, (150, 224, 180) if place < 3 else clear((255, 255, 255), 0.3))
    c.rect(54, 21, 62, 24, INK, 1)
    c.gleam([(37, 26), (44, 26), (40, 64), (37, 64)], 0.12)


def ssd(c: Canvas, colour: Colour, words: Words) -> None:
    """Draw a rugged little drive."""
    c.shadow(50, 78, 28, 5)
    with c.placed(turn=5):
        c.ring(76, 30, 5, 2, colour)
        c.rect(26, 26, 74, 76, shaded(colour), 9)
        c.rect(31, 31, 69, 71, shaded(RUBBER), 5)
        c.rect(36, 36, 52, 39, clear((255, 255, 255), 0.75), 1)
        for place in range(4):
            c.rect(36, 56 + place * 3.2, 64, 57.4 + place * 3.2, clear((255, 255, 255), 0.12), 0.6)


DRAWINGS: dict[str, Drawing] = {
    "camera": camera,
    "compact": compact,
    "filmcam": filmcam,
    "film": film,
    "lens": lens,
    "tripod": tripod,
    "ballhead": ballhead,
    "tabletripod": tabletripod,
    "monopod": monopod,
    "ledpanel": ledpanel,
    "flash": flash,
    "camera_mic": camera_mic,
    "card": card,
    "reader": reader,
    "battery": battery,
    "batterycharger": batterycharger,
    "powerbank": powerbank,
    "ssd": ssd,
}

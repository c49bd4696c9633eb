"""Paints a picture with Pillow: soft ground, a shadow, and the motif in its colour and pattern.

Everything is drawn at ``SCALE`` times the size and then made smaller, which smooths the edges.
"""

import math
from collections.abc import Sequence
from functools import lru_cache
from io import BytesIO

from PIL import Image, ImageDraw

from demo_shop.online_retail.pictures.choice import Picture
from demo_shop.online_retail.pictures.motifs import MOTIFS

SIZE = 400
SCALE = 2
MARGIN = 0.12  # of the picture's width, on each side

Colour = tuple[int, int, int]

BLACK: Colour = (30, 26, 24)
WHITE: Colour = (255, 255, 255)
GROUND: Colour = (247, 244, 239)
GROUND_OF_PALE: Colour = (203, 213, 208)  # behind white and ivory things, which would vanish on the other
PALE = 600  # the sum of a colour's parts above which it is pale
PAINTS: dict[str, Colour] = {
    "paper": (253, 251, 246),
    "ink": (62, 58, 56),
    "metal": (168, 172, 176),
    "wood": (176, 139, 104),
    "wood_dark": (138, 104, 74),
    "leaf": (126, 158, 105),
    "glow": (242, 203, 101),
    "glass": (220, 232, 236),
}


def paint(picture: Picture) -> bytes:
    """Return the picture as a PNG file."""
    edge = SIZE * SCALE
    main = _rgb(picture.colour)
    ground = _ground(main)
    paints = PAINTS | {"main": main, "dark": _mix(main, BLACK, 0.28), "light": _mix(main, WHITE, 0.45)}
    fabric = _fabric(picture.colour, picture.pattern) if picture.pattern else None
    image = Image.new("RGB", (edge, edge), ground)
    draw = ImageDraw.Draw(image)
    draw.ellipse(_place((12, 84, 88, 98)), fill=_mix(ground, BLACK, 0.07))
    for name, shape, coordinates in MOTIFS[picture.motif]:
        if name == "main" and fabric is not None:
            mask = Image.new("1", image.size)
            _draw(ImageDraw.Draw(mask), shape, coordinates, 1)
            image.paste(fabric, mask=mask)
        else:
            _draw(draw, shape, coordinates, paints[name])
    file = BytesIO()
    image.reduce(SCALE).quantize(64, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(file, "PNG")
    return file.getvalue()


# --- shapes -----------------------------------------------------------------------------------------------------------


def _place(coordinates: Sequence[float]) -> list[float]:
    """Move coordinates of the square of 100 into the picture."""
    unit = SIZE * SCALE * (1 - 2 * MARGIN) / 100
    return [value * unit + SIZE * SCALE * MARGIN for value in coordinates]


def _length(value: float) -> int:
    return round(value * SIZE * SCALE * (1 - 2 * MARGIN) / 100)


def _draw(draw: ImageDraw.ImageDraw, shape: str, values: Sequence[float], fill: Colour | int) -> None:
    """Draw a shape of ``motifs``: corners first, then radius, angles or width."""
    if shape == "polygon":
        draw.polygon(_place(values), fill=fill)
    elif shape == "ellipse":
        draw.ellipse(_place(values), fill=fill)
    elif shape == "rounded":
        draw.rounded_rectangle(_place(values[:4]), radius=_length(values[4]), fill=fill)
    elif shape == "line":
        draw.line(_place(values[:4]), fill=fill, width=_length(values[4]))
    elif shape == "pieslice":
        draw.pieslice(_place(values[:4]), values[4], values[5], fill=fill)
    elif shape == "arc":
        draw.arc(_place(values[:4]), values[4], values[5], fill=fill, width=_length(values[6]))
    else:
        draw.polygon(_place(OUTLINES[shape](*values)), fill=fill)


def _heart(left: float, top: float, right: float, bottom: float) -> list[float]:
    points = []
    for step in range(60):
        angle = math.tau * step / 60
        x = 16 * math.sin(angle) ** 3
        y = 13 * math.cos(angle) - 5 * math.cos(2 * angle) - 2 * math.cos(3 * angle) - math.cos(4 * angle)
        points += [left + (x + 16) / 32 * (right - left), top + (12 - y) / 29 * (bottom - top)]
    return points


def _star(left: float, top: float, right: float, bottom: float) -> list[float]:
    points = []
    for step in range(10):
        radius = 0.5 if step % 2 == 0 else 0.21
        angle = math.tau * step / 10 - math.pi / 2
        points += [
            (left + right) / 2 + math.cos(angle) * radius * (right - left),
            (top + bottom) / 2 + math.sin(angle) * radius * (bottom - top),
        ]
    return points


def _drop(left: float, top: float, right: float, bottom: float) -> list[float]:
    """Return a flame or a drop: round below, pointed above."""
    points = []
    for step in range(40):
        angle = math.tau * step / 40
        x = math.sin(angle) * math.sin(angle / 2) ** 1.5
        points += [(left + right) / 2 + x * (right - left) / 1.35, top + (1 - math.cos(angle)) / 2 * (bottom - top)]
    return points


OUTLINES = {"heart": _heart, "star": _star, "drop": _drop}


# --- colours and patterns ---------------------------------------------------------------------------------------------


def _rgb(colour: str) -> Colour:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _mix(colour: Colour, other: Sequence[int], share: float) -> Colour:
    red, green, blue = (round(one * (1 - share) + two * share) for one, two in zip(colour, other, strict=True))
    return red, green, blue


def _ground(colour: Colour) -> Colour:
    return GROUND_OF_PALE if sum(colour) > PALE else _mix(GROUND, colour, 0.1)


@lru_cache(maxsize=8)
def _fabric(hex_colour: str, pattern: str) -> Image.Image:
    """Return a cloth of that colour with the pattern all over it."""
    edge, colour = SIZE * SCALE, _rgb(hex_colour)
    cloth = Image.new("RGB", (edge, edge), colour)
    draw = ImageDraw.Draw(cloth)
    mark = _mix(colour, (120, 96, 84), 0.35) if sum(colour) > PALE else _mix(colour, WHITE, 0.62)
    step = edge // 14
    if pattern in {"stripes", "check"}:
        for place in range(0, edge, step):
            draw.rectangle((place, 0, place + step // 2, edge), fill=mark)
        if pattern == "check":
            mask = Image.new("L", cloth.size)
            bars = ImageDraw.Draw(mask)
            for place in range(0, edge, step):
                bars.rectangle((0, place, edge, place + step // 2), fill=120)
            cloth.paste(mark, mask=mask)
        return cloth
    for row, top in enumerate(range(0, edge, step)):
        for left in range(-(row % 2) * step // 2, edge, step):
            _mark(draw, pattern, left, top, step * 0.52, mark)
    return cloth


def _mark(draw: ImageDraw.ImageDraw, pattern: str, left: float, top: float, size: float, colour: Colour) -> None:
    box = (left, top, left + size, top + size)
    if pattern == "spots":
        draw.ellipse(box, fill=colour)
    elif pattern == "leaves":
        draw.chord(box, 200, 20, fill=colour)
    elif pattern == "flowers":
        petal = size / 2.2
        for across, down in ((0.5, 0.12), (0.88, 0.5), (0.5, 0.88), (0.12, 0.5)):
            x, y = left + across * size, top + down * size
            draw.ellipse((x - petal / 2, y - petal / 2, x + petal / 2, y + petal / 2), fill=colour)
    elif pattern in {"hearts", "stars"}:
        draw.polygon((_heart if pattern == "hearts" else _star)(*box), fill=colour)

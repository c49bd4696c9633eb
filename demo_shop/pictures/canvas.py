"""A sheet to draw on in units of a hundredth of its side, with y pointing down, soft shading and a shadow on the floor.

Shapes are polygons drawn at twice the size and scaled down, which smooths their edges.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from math import atan2, cos, degrees, hypot, pi, radians, sin
from typing import NamedTuple

from PIL import Image, ImageDraw, ImageFilter

from demo_shop.pictures.palette import TINTS, Clear, Colour, darker, lighter, mix

SIDE = 800
OVER = 2
UNIT = SIDE * OVER / 100

Point = tuple[float, float]


class Fade(NamedTuple):
    """A fill that goes from one colour to another, downwards or (``across``) to the right."""

    start: Colour
    end: Colour
    across: bool = False


Fill = Colour | Clear | Fade


def shaded(colour: Colour, depth: float = 0.16, *, across: bool = False) -> Fade:
    """Fill a body that is lit from above (or from the left)."""
    return Fade(lighter(colour, depth * 0.8), darker(colour, depth), across)


class Canvas:
    """One picture. Coordinates run from 0 to 100."""

    def __init__(self, tint: str) -> None:
        self._image = _backdrop(tint).copy()
        self._draw = ImageDraw.Draw(self._image, "RGBA")
        self._frame = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)  # x' = a x + b y + e, y' = c x + d y + f

    def picture(self) -> Image.Image:
        """Scale the sheet down to the finished picture."""
        return self._image.reduce(OVER)

    # --- where things are drawn ---------------------------------------------------------------------------------------

    @contextmanager
    def placed(
        self,
        *,
        dx: float = 0,
        dy: float = 0,
        scale: float = 1,
        turn: float = 0,
        about: Point = (50, 50),
        flip: bool = False,
    ) -> Iterator[None]:
        """Draw what follows moved, scaled, turned clockwise by degrees and mirrored, about a point."""
        before = self._frame
        a, b, c, d, e, f = before
        turned, (x, y) = radians(turn), about
        wide = -scale if flip else scale
        p, q, r, s = wide * cos(turned), -scale * sin(turned), wide * sin(turned), scale * cos(turned)
        u, v = x + dx - p * x - q * y, y + dy - r * x - s * y
        self._frame = (a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, a * u + b * v + e, c * u + d * v + f)
        yield
        self._frame = before

    def _pixels(self, points: Iterable[Point]) -> list[Point]:
        a, b, c, d, e, f = self._frame
        return [((a * x + b * y + e) * UNIT, (c * x + d * y + f) * UNIT) for x, y in points]

    def _width(self, width: float) -> float:
        a, _, c, *_ = self._frame
        return width * (a * a + c * c) ** 0.5 * UNIT

    # --- filled shapes ------------------------------------------------------------------------------------------------

    def shape(self, points: Iterable[Point], fill: Fill) -> None:
        """Draw a polygon."""
        pixels = self._pixels(points)
        if isinstance(fill, Fade):
            self._fade(pixels, fill)
        else:
            self._draw.polygon(pixels, fill=fill)

    def rect(self, left: float, top: float, right: float, bottom: float, fill: Fill, r: float = 0) -> None:
        """Draw a rectangle with corners rounded by ``r``."""
        self.shape(_rounded(left, top, right, bottom, r), fill)

    def oval(self, x: float, y: float, rx: float, ry: float, fill: Fill) -> None:
        """Draw an ellipse about (x, y)."""
        self.shape(_arc(x, y, rx, ry, 0, 360), fill)

    def disc(self, x: float, y: float, r: float, fill: Fill) -> None:
        """Draw a circle about (x, y)."""
        self.oval(x, y, r, r, fill)

    def blob(self, points: Sequence[Point], fill: Fill) -> None:
        """Draw a smooth closed shape through the points."""
        self.shape(_smooth([*points[-1:], *points, *points[:2]]), fill)

    def pie(self, x: float, y: float, rx: float, ry: float, start: float, end: float, fill: Fill) -> None:
        """Draw the part of an ellipse between two angles, in degrees clockwise from the right, cut off straight."""
        self.shape(_arc(x, y, rx, ry, start, end), fill)

    def pipe(self, left: float, top: float, right: float, bottom: float, fill: Fill, lid: float = 0.16) -> None:
        """Draw a standing cylinder: a rectangle with rounded ends; ``lid`` is the flatness of its ends."""
        x, rx = (left + right) / 2, (right - left) / 2
        ry = rx * lid
        self.shape([*_arc(x, top, rx, ry, 180, 360), *_arc(x, bottom, rx, ry, 0, 180)], fill)

    # --- strokes ------------------------------------------------------------------------------------------------------

    def line(self, points: Sequence[Point], width: float, fill: Colour | Clear, *, closed: bool = False) -> None:
        """Draw a stroke with round ends and corners."""
        pixels = self._pixels([*points, *points[:2]] if closed else points)
        thick = self._width(width)
        self._draw.line(pixels, fill=fill, width=max(1, round(thick)), joint="curve")
        if len(fill) == 3 and thick > 3 and not closed:
            for x, y in (pixels[0], pixels[-1]):
                self._draw.ellipse((x - thick / 2, y - thick / 2, x + thick / 2, y + thick / 2), fill=fill)

    def curve(self, points: Sequence[Point], width: float, fill: Colour | Clear) -> None:
        """Draw a smooth stroke through the points."""
        self._ribbon(_smooth([points[0], *points, points[-1]]), width, fill)

    def arc(
        self, x: float, y: float, rx: float, ry: float, start: float, end: float, width: float, fill: Colour | Clear
    ) -> None:
        """Draw a part of an ellipse's edge, in degrees clockwise from the right."""
        self._ribbon(_arc(x, y, rx, ry, start, end), width, fill)

    def _ribbon(self, path: Sequence[Point], width: float, fill: Colour | Clear) -> None:
        """Draw a bend as one polygon with round ends; a stroke made of many short pieces would show its joints."""
        left, right = [], []
        for (ax, ay), (x, y), (bx, by) in zip([path[0], *path], path, [*path[1:], path[-1]], strict=False):
            length = hypot(bx - ax, by - ay) or 1.0
            nx, ny = (ay - by) / length * width / 2, (bx - ax) / length * width / 2
            left.append((x + nx, y + ny))
            right.append((x - nx, y - ny))
        head, tail = _angle(path[-2], path[-1]), _angle(path[0], path[1])
        half = width / 2
        end = _arc(*path[-1], half, half, head + 90, head - 90, 10)
        start = _arc(*path[0], half, half, tail - 90, tail - 270, 10)
        self.shape([*left, *end, *reversed(right), *start], fill)

    def ring(self, x: float, y: float, r: float, width: float, fill: Fill, flat: float = 1.0) -> None:
        """Draw a circle's edge, seen at an angle where ``flat`` is below 1."""
        outer = _arc(x, y, r + width / 2, (r + width / 2) * flat, 0, 360)
        inner = _arc(x, y, r - width / 2, (r - width / 2) * flat, 360, 0)
        self.shape([*outer, *inner], fill)

    # --- light --------------------------------------------------------------------------------------------------------

    def shadow(self, x: float, y: float, rx: float, ry: float, strength: float = 0.24) -> None:
        """Cast a soft shadow on the floor; to be drawn first."""
        small = SIDE // 4
        mask = Image.new("L", (small, small), 0)
        unit = small / 100
        box = ((x - rx) * unit, (y - ry) * unit, (x + rx) * unit, (y + ry) * unit)
        ImageDraw.Draw(mask).ellipse(box, fill=round(255 * strength))
        mask = mask.filter(ImageFilter.GaussianBlur(max(2.0, ry * 0.55) * unit)).resize(
            self._image.size, Image.Resampling.BILINEAR
        )
        self._image.paste((46, 44, 66), mask=mask)

    def gleam(self, points: Iterable[Point], opacity: float = 0.22) -> None:
        """Draw a pale reflection."""
        self.shape(points, (255, 255, 255, round(255 * opacity)))

    def _fade(self, pixels: Sequence[Point], fade: Fade) -> None:
        xs, ys = [x for x, _ in pixels], [y for _, y in pixels]
        left, top = max(0, int(min(xs))), max(0, int(min(ys)))
        right, bottom = min(self._image.width, int(max(xs)) + 1), min(self._image.height, int(max(ys)) + 1)
        if right <= left or bottom <= top:
            return
        mask = Image.new("L", (right - left, bottom - top), 0)
        ImageDraw.Draw(mask).polygon([(x - left, y - top) for x, y in pixels], fill=255)
        strip = _strip(fade.start, fade.end)
        if fade.across:
            strip = strip.transpose(Image.Transpose.ROTATE_90)
        self._image.paste(strip.resize(mask.size, Image.Resampling.BILINEAR), (left, top), mask)


def _rounded(left: float, top: float, right: float, bottom: float, r: float) -> list[Point]:
    r = min(r, (right - left) / 2, (bottom - top) / 2)
    if r <= 0:
        return [(left, top), (right, top), (right, bottom), (left, bottom)]
    return [
        *_arc(right - r, top + r, r, r, -90, 0, 12),
        *_arc(right - r, bottom - r, r, r, 0, 90, 12),
        *_arc(left + r, bottom - r, r, r, 90, 180, 12),
        *_arc(left + r, top + r, r, r, 180, 270, 12),
    ]


def _arc(x: float, y: float, rx: float, ry: float, start: float, end: float, steps: int | None = None) -> list[Point]:
    steps = steps or max(8, int(abs(end - start) / 360 * 96))
    angles = (start + (end - start) * step / steps for step in range(steps + 1))
    return [(x + rx * cos(angle * pi / 180), y + ry * sin(angle * pi / 180)) for angle in angles]


def _angle(start: Point, end: Point) -> float:
    return degrees(atan2(end[1] - start[1], end[0] - start[0]))


def _smooth(points: Sequence[Point], steps: int = 14) -> list[Point]:
    """Points along the Catmull-Rom curve through all but the first and the last."""
    found: list[Point] = []
    for (ax, ay), (bx, by), (cx, cy), (dx, dy) in zip(points, points[1:], points[2:], points[3:], strict=False):
        for step in range(steps):
            t = step / steps
            found.append((_between(ax, bx, cx, dx, t), _between(ay, by, cy, dy, t)))
    return [*found, points[-2]]


def _between(a: float, b: float, c: float, d: float, t: float) -> float:
    return b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))


@cache
def _backdrop(tint: str) -> Image.Image:
    top, bottom = TINTS[tint]
    side = SIDE * OVER
    image = _strip(top, bottom).resize((side, side), Image.Resampling.BILINEAR)
    halo = Image.new("L", (100, 100), 0)
    ImageDraw.Draw(halo).ellipse((16, 12, 84, 80), fill=150)
    halo = halo.filter(ImageFilter.GaussianBlur(14)).resize((side, side), Image.Resampling.BICUBIC)
    image.paste(mix(top, (255, 255, 255), 0.7), mask=halo)
    return image


@cache
def _strip(start: Colour, end: Colour) -> Image.Image:
    strip = Image.new("RGB", (1, 64))
    strip.putdata([mix(start, end, row / 63) for row in range(64)])
    return strip

"""What a drawing is: a function that puts one kind of thing on a canvas, in a colour, varied by words."""

from collections.abc import Callable

from demo_shop.pictures.canvas import Canvas
from demo_shop.pictures.palette import Colour

Words = frozenset[str]
Drawing = Callable[[Canvas, Colour, Words], None]

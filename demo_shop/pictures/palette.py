"""The colours of the demo shop's pictures: few, muted, and the same everywhere."""

Colour = tuple[int, int, int]
Clear = tuple[int, int, int, int]

PALETTE: dict[str, Colour] = {
    "graphite": (68, 73, 82),
    "black": (43, 46, 53),
    "slate": (104, 117, 135),
    "silver": (193, 199, 206),
    "white": (246, 245, 242),
    "cream": (240, 229, 208),
    "sand": (220, 200, 166),
    "navy": (52, 76, 118),
    "sky": (128, 176, 212),
    "teal": (62, 138, 140),
    "forest": (62, 104, 84),
    "olive": (124, 130, 82),
    "sage": (146, 174, 148),
    "mustard": (222, 172, 72),
    "amber": (232, 148, 62),
    "terracotta": (204, 116, 84),
    "coral": (232, 124, 106),
    "red": (202, 74, 70),
    "berry": (158, 66, 98),
    "plum": (112, 82, 124),
    "lilac": (176, 164, 206),
    "brown": (136, 94, 68),
    "walnut": (122, 84, 60),
    "oak": (208, 166, 114),
    "copper": (198, 130, 92),
}

TINTS: dict[str, tuple[Colour, Colour]] = {
    # Backdrop at the top and at the bottom.
    "sky": ((233, 240, 246), (218, 229, 238)),
    "cream": ((248, 241, 229), (240, 228, 208)),
    "sage": ((235, 242, 234), (219, 230, 219)),
    "lilac": ((240, 237, 246), (227, 222, 238)),
}

INK: Colour = (38, 41, 48)
PAPER: Colour = (252, 251, 248)
STEEL: Colour = (188, 194, 201)
GLASS: Colour = (206, 226, 236)
RUBBER: Colour = (52, 55, 62)
WOOD = PALETTE["oak"]
BRASS: Colour = (214, 174, 92)
COFFEE: Colour = (92, 60, 42)


def mix(colour: Colour, other: Colour, share: float) -> Colour:
    """Blend two colours; ``share`` is how much of the other, 0 to 1."""
    return tuple(round(a + (b - a) * share) for a, b in zip(colour, other, strict=True))  # type: ignore[return-value]


def lighter(colour: Colour, share: float = 0.2) -> Colour:
    """Blend with white."""
    return mix(colour, (255, 255, 255), share)


def darker(colour: Colour, share: float = 0.2) -> Colour:
    """Blend with a deep blue-grey, which keeps shades alive."""
    return mix(colour, (24, 26, 40), share)


def clear(colour: Colour, opacity: float) -> Clear:
    """Let what is behind shine through; ``opacity`` from 0 to 1."""
    return (*colour, round(255 * opacity))

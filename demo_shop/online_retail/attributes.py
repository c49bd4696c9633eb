"""What a title tells about a product: its colour, its design, and how many pieces it has.

An idea: no Django here.
"""

import re
from dataclasses import dataclass

from demo_shop.online_retail import titles

# Colour words of the titles, with the colour's name and how it is painted. Longer words come before their parts.
COLOURS: dict[str, tuple[str, str]] = {
    "MIDNIGHT BLUE": ("Midnight blue", "#27304f"),
    "SKY BLUE": ("Sky blue", "#8fc1e3"),
    "LIGHT BLUE": ("Light blue", "#a3cbe8"),
    "HOT PINK": ("Hot pink", "#e0407b"),
    "MULTICOLOUR": ("Multicoloured", "#b58bb8"),
    "ASSORTED": ("Assorted", "#b58bb8"),
    "TURQUOISE": ("Turquoise", "#4fb3ad"),
    "CHOCOLATE": ("Chocolate", "#6b4a3a"),
    "FUSCHIA": ("Fuchsia", "#c63b84"),
    "AMETHYST": ("Amethyst", "#8a63a8"),
    "PURPLE": ("Purple", "#7b5a9a"),
    "ORANGE": ("Orange", "#e08a3c"),
    "YELLOW": ("Yellow", "#e6c350"),
    "SILVER": ("Silver", "#b3b9bf"),
    "IVORY": ("Ivory", "#e9e2cd"),
    "CREAM": ("Cream", "#ece0c3"),
    "AMBER": ("Amber", "#cf8f2e"),
    "GREEN": ("Green", "#6d9a66"),
    "BLACK": ("Black", "#3a3a3d"),
    "WHITE": ("White", "#f1efe9"),
    "BROWN": ("Brown", "#8a6648"),
    "LILAC": ("Lilac", "#b9a2cf"),
    "PINK": ("Pink", "#e29bb0"),
    "BLUE": ("Blue", "#5d83b3"),
    "GREY": ("Grey", "#8f9499"),
    "GOLD": ("Gold", "#c9a649"),
    "MINT": ("Mint", "#a5d3bd"),
    "RED": ("Red", "#c4473f"),
}
_COLOUR = re.compile(r"\b(" + "|".join(COLOURS) + r")\b")

# The designs that run through the whole assortment: spotted, printed or named lines of products.
_DESIGNS: dict[str, str] = {
    "RETROSPOT|RETRO SPOT|SPOTTY": "Retrospot",
    "POLKA ?DOT": "Polkadot",
    "REGENCY": "Regency",
    "SPACEBOY": "Spaceboy",
    "DOLLY GIRL": "Dolly Girl",
    "CIRCUS PARADE": "Circus Parade",
    "CHARLIE & LOLA": "Charlie & Lola",
    "BABUSHKA": "Babushka",
    "WOODLAND": "Woodland",
    "SUKI": "Suki",
    "PANTRY": "Pantry",
    "SKULLS?": "Skulls",
    "UNION (?:JACK|FLAG|STRIPE)": "Union Jack",
    "I LOVE LONDON|LOVE LONDON": "I Love London",
    "KEEP CALM": "Keep Calm",
    "HOME SWEET HOME": "Home Sweet Home",
    "VINTAGE CHRISTMAS": "Vintage Christmas",
    "50'S CHRISTMAS": "50's Christmas",
    "VINTAGE DOIL(?:E?Y)|DOILE?Y": "Vintage Doily",
    "VINTAGE LEAF": "Vintage Leaf",
    "(?:VINTAGE|SCANDINAVIAN|PINK|BLUE) (?:[A-Z]+ )?PAISLEY": "Paisley",
    "PAISLEY PARK": "Paisley Park",
    "ENGLISH ROSE": "English Rose",
    "GINGHAM": "Gingham",
    "SWEETHEART": "Sweetheart",
    "BAROQUE": "Baroque",
    "STRAWBERRY|STRAWBERRIES": "Strawberry",
    "APPLES?": "Apples",
    "SCANDINAVIAN|SCANDISPOT": "Scandinavian",
    "TEA ?TIME": "Tea Time",
    "MAGIC GARDEN": "Magic Garden",
    "EDWARDIAN": "Edwardian",
    "KINGS CHOICE": "King's Choice",
    "TUTTI FRUTTI": "Tutti Frutti",
}
_DESIGN = tuple((re.compile(rf"\b(?:{pattern})\b"), name) for pattern, name in _DESIGNS.items())

_PIECES = (
    re.compile(r"\b(?:SET|PACK|BOX|BUNDLE) OF (\d+)\b"),
    re.compile(r"\b(\d+) PIECES?\b"),
    re.compile(r"^(\d+) (?!HOOK|TIER|COLOUR|STRAND|WICK|DRAWER|DOOR|FRAME|BLACK CATS|RAFFIA FRAME)(?=[A-Z])"),
)


@dataclass(frozen=True, slots=True)
class Attributes:
    """What the title states; an unknown value is ``None``."""

    colour: str | None = None
    design: str | None = None
    pieces: int | None = None


def attributes_of(title: str) -> Attributes:
    """Read the attributes of a product from its title.

    The first colour word counts. A set's pieces are those of ``"Set of 6"``, ``"Pack of 12"``, ``"9 piece"`` or a
    leading number; a number that counts something else (``"3 Tier"``, ``"4 Hook"``) does not.
    """
    text = titles.write_out(title)
    colour = _COLOUR.search(text)
    design = next((name for pattern, name in _DESIGN if pattern.search(text)), None)
    pieces = next((int(match.group(1)) for pattern in _PIECES if (match := pattern.search(text))), None)
    return Attributes(
        colour=COLOURS[colour.group()][0] if colour else None,
        design=design,
        pieces=pieces if pieces and 1 < pieces <= 1000 else None,
    )

"""Which picture a product gets: a motif for its shelf, its colour, and a pattern for its design. An idea: no Django."""

import re
from dataclasses import dataclass

from demo_shop.online_retail.assortment import Product
from demo_shop.online_retail.attributes import COLOURS
from demo_shop.online_retail.categories import Shelf

_SHELVES: dict[str, dict[str, str]] = {
    "Kitchen & Dining": {
        "Cake Cases": "cake",
        "Cake Stands & Tins": "cake_stand",
        "Lunch Boxes & Picnic": "lunch_box",
        "Recipe & Spice Boxes": "recipe_box",
        "Utensils & Cutlery": "cutlery",
        "Aprons, Towels & Laundry": "apron",
        "Teapots & Teacups": "teacup",
        "Egg Cups & Breakfast": "egg_cup",
        "Mugs & Cups": "mug",
        "Baking & Jam": "jam_pan",
        "Pots & Pans": "pan",
        "Storage Jars & Tins": "jar",
        "Glasses & Jugs": "glass",
        "Table Setting": "place_setting",
        "Plates & Bowls": "plate",
    },
    "Home Decoration": {
        "Wall Art & Frames": "frame",
        "Money Boxes & Card Holders": "money_box",
        "Gadgets & Novelties": "gadget",
        "Signs & Chalkboards": "sign",
        "Mirrors": "mirror",
        "Artificial Flowers & Vases": "flower",
        "Hearts & Hanging Decorations": "hanging_heart",
        "Ornaments": "bird",
    },
    "Furniture & Storage": {
        "Doormats & Doorstops": "doormat",
        "Clocks": "clock",
        "Hooks & Racks": "hook",
        "Knobs & Handles": "knob",
        "Cushions & Throws": "cushion",
        "Baskets & Boxes": "basket",
        "Cabinets & Furniture": "cabinet",
    },
    "Lighting & Candles": {
        "T-Light Holders": "t_light",
        "Lights & Lamps": "lamp",
        "Candle Holders & Lanterns": "lantern",
        "Candles & Incense": "candle",
    },
    "Bags & Travel": {
        "Lunch Bags": "lunch_bag",
        "Jumbo Bags": "tote",
        "Wallets & Passport Covers": "wallet",
        "Handbags & Purses": "handbag",
        "Shopping & Tote Bags": "tote",
        "Weekend & Wash Bags": "suitcase",
        "Umbrellas & Rainwear": "umbrella",
    },
    "Party": {
        "Easter & Halloween": "egg",
        "Paper Tableware": "napkin",
        "Party Bags, Candles & Invitations": "party_hat",
        "Bunting & Balloons": "bunting",
    },
    "Christmas": {
        "Cards & Wrap": "gift",
        "Table & Baking": "cracker",
        "Crafts & Advent": "advent",
        "Candles & Lights": "candle",
        "Decorations": "bauble",
    },
    "Stationery & Gift Wrap": {
        "Gift Wrap & Bags": "gift",
        "Cards": "card",
        "Notebooks & Writing": "notebook",
        "Pens, Pencils & Desk": "pencil",
        "Stickers, Stamps & Magnets": "sticker",
    },
    "Children": {
        "Craft & Colouring": "crayons",
        "Children's Tableware": "beaker",
        "Games & Jigsaws": "dice",
        "Toys & Dolls": "teddy",
    },
    "Garden": {
        "Garden Tools & Planters": "watering_can",
        "Birds & Garden Decor": "birdhouse",
        "Outdoor": "parasol",
        "Pets": "paw",
    },
    "Health & Beauty": {
        "Hot Water Bottles & Hand Warmers": "hot_water_bottle",
        "Bath & Soap": "soap",
        "Tissues & First Aid": "tissues",
    },
    "Jewellery & Accessories": {
        "Necklaces": "necklace",
        "Bracelets & Rings": "ring",
        "Earrings & Brooches": "earrings",
        "Hair Accessories": "hair_clip",
        "Key Rings & Charms": "key_ring",
        "Jewellery Boxes": "trinket_box",
        "Scarves, Fans & Slippers": "fan",
    },
    "Sewing & Ribbons": {"Ribbons": "ribbon", "Sewing & Knitting": "thread"},
}

# A word of the title that names another thing than its shelf's usual one.
_WORDS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\bChristmas Tree|\bTree Decoration|Feather Tree", re.IGNORECASE), "christmas_tree"),
    (re.compile(r"\bWatering Can\b", re.IGNORECASE), "watering_can"),
    (re.compile(r"\bEgg Cup\b", re.IGNORECASE), "egg_cup"),
    (re.compile(r"\bCandle(?:s)?\b(?! ?holder)", re.IGNORECASE), "candle"),
    (re.compile(r"\bBasket\b", re.IGNORECASE), "basket"),
    (re.compile(r"\bHeart of Wicker|Hanging Heart\b(?!.*holder)", re.IGNORECASE), "hanging_heart"),
)

# The same within kitchen and nursery, where a shelf holds things of several shapes.
_TABLEWARE: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\b(?:Cutlery|Spoons?|Tongs|Fork|Slice|Chopsticks)\b", re.IGNORECASE), "cutlery"),
    (re.compile(r"\bAprons?\b", re.IGNORECASE), "apron"),
    (re.compile(r"\b(?:Tins?|Containers?|Tea Caddy)\b", re.IGNORECASE), "jar"),
    (re.compile(r"\b(?:Plates?|Bowls?|Dish)\b", re.IGNORECASE), "plate"),
    (re.compile(r"\b(?:Mugs?)\b", re.IGNORECASE), "mug"),
    (re.compile(r"\b(?:Jug|Teapot)\b", re.IGNORECASE), "teapot"),
)

_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(rf"\b(?:{words})", re.IGNORECASE), pattern)
    for words, pattern in (
        (r"retro ?spot|spott?y?\b|spots\b|polka ?dot|dolly girl", "spots"),
        (r"gingham|check\b", "check"),
        (r"stripe|stripey|union|jubilee|diner", "stripes"),
        (r"paisley|floral|flower|rose|roses|posy|poppies|daisy|daisies|botanical|suki|english rose", "flowers"),
        (r"star|stars|spaceboy|christmas|circus", "stars"),
        (r"heart|hearts|sweetheart|love\b|lovebird", "hearts"),
        (r"leaf|leaves|woodland|forest|garden|apple|apples|pear|pears|strawberr", "leaves"),
    )
)

_DEPARTMENT_COLOURS = {
    "Kitchen & Dining": "#d98b6a",
    "Home Decoration": "#8fa7a0",
    "Furniture & Storage": "#a9957c",
    "Lighting & Candles": "#d9b36a",
    "Bags & Travel": "#7f9bb5",
    "Party": "#d8899b",
    "Christmas": "#b4524a",
    "Stationery & Gift Wrap": "#9a8fb8",
    "Children": "#72a9b8",
    "Garden": "#86a66c",
    "Health & Beauty": "#c79aa8",
    "Jewellery & Accessories": "#a987a8",
    "Sewing & Ribbons": "#b98f73",
}
_RED_DESIGNS = frozenset({"Retrospot"})  # red with white spots, in this range, unless a colour is said
_HEX = dict(COLOURS.values())


@dataclass(frozen=True, slots=True)
class Picture:
    """What to paint; pictures that are equal share one file."""

    motif: str
    colour: str  # #rrggbb
    pattern: str  # empty for none

    @property
    def name(self) -> str:
        """A file name for it."""
        return "-".join(part for part in (self.motif, self.colour.removeprefix("#"), self.pattern) if part) + ".png"


def picture_of(product: Product) -> Picture:
    """Choose the picture of a product."""
    words_of = _WORDS + (_TABLEWARE if product.shelf.department in {"Kitchen & Dining", "Children"} else ())
    motif = next((motif for words, motif in words_of if words.search(product.title)), None)
    pattern = next((pattern for words, pattern in _PATTERNS if words.search(product.title)), "")
    return Picture(motif or motif_of(product.shelf), _colour(product), pattern)


def motif_of(shelf: Shelf) -> str:
    """Return the usual thing of a shelf."""
    return _SHELVES.get(shelf.department, {}).get(shelf.name, "gift")


def _colour(product: Product) -> str:
    if product.attributes.colour:
        return _HEX[product.attributes.colour]
    if product.attributes.design in _RED_DESIGNS:
        return _HEX["Red"]
    return _DEPARTMENT_COLOURS.get(product.shelf.department, "#9aa3a8")

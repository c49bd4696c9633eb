"""From a wholesaler's shouted shorthand to a title a shopper reads.

``"S/4 IVORY MINI ROSE CANDLE IN BOWL"`` becomes ``"Set of 4 Ivory Mini Rose Candle in Bowl"``. A code is often written
in several ways, and sometimes carries a warehouse note instead of a title (``"damaged"``, ``"wrongly coded 23343"``);
``best`` chooses the spelling that most rows agree on and never a note.

An idea: no Django here.
"""

import re
from collections.abc import Mapping

MAX_LENGTH = 255

# What the wholesaler writes short, in the order in which it is written out. Matched in upper case.
_WRITTEN_OUT: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"^\*+", ""),
        # two words run into one
        (
            r"\b(BLACK|SMALL|VIP|PINK|SQUARE|BAROQUE|CHOCOLATE|SWIRL|CUT)(BLUE|WHITE|CHRISTMAS|FOLKART|PASSPORT|CUSHION|CANDLE(?:STICK)?|GLASS)\b",
            r"\1 \2",
        ),
        (r"\b(PHOTO|FRUIT|DRAWER|MEMO|CANDLE|WALL)(FRAME|BOWL|KNOB|BOARD|POT|HANGING)\b", r"\1 \2"),
        (r"\b(BIG|CUP|PHONE) (?:CHAR)$", r"\1 CHARM"),
        (r"\bCHARLIE ?(?:\+|&|AND)? ?LOLA\b", "CHARLIE & LOLA"),
        (r"\bM\.O\.P\.?|\bMOP\b(?= PENDANT)", "MOTHER-OF-PEARL"),
        (r"\b(SET|S|BOX|PACK)/ ?(\d+|THREE)\b", r"\1 OF \2"),
        (r"^(SET|PACK|BOX) (?=\d+ )", r"\1 OF "),
        (r"\bSET(?: OF)?(?=\d)", "SET OF "),
        (r"\bS OF (?=\d|THREE)", "SET OF "),
        (r"(?<= )1[67]\d{3}$", ""),  # a supplier's number behind "SET 10 CARDS ..."
        (r"\bC/COVER\b", "CUSHION COVER"),
        (r"\bB'FLY\b", "BUTTERFLY"),
        (r"\bB'DRAW\b", "DRAWER"),
        (r"\bASS?TD?\b\.?|^ASS\b", "ASSORTED"),
        (r"\bLT\.? ?(?=BLUE|PINK|ROSE)", "LIGHT "),
        (r"\bT-?LIGHT HOLD\b|\bT-?LIGHT HLDR\b", "T-LIGHT HOLDER"),
        (r"\bHLDR\b", "HOLDER"),
        (r"\bT LIGHT(S?)\b", r"T-LIGHT\1"),
        (r"\bNECKL(?:AC)?(?![A-Z])\.?", "NECKLACE "),
        (r"\bBRACLET\b", "BRACELET"),
        (r"\bGARLD\b", "GARLAND"),
        (r"\bDES\b(?! TEA)", "DESIGN"),
        (r"\bDEC\b(?! CRYSTAL)", "DECORATION"),
        (r"\bDECO\b\.(?=\w)", "DECO "),
        (r"\bVINT\b", "VINTAGE"),
        (r"\bANT\b(?= (?:WHITE|SILVER))", "ANTIQUE"),
        (r"\bTURQ\b", "TURQUOISE"),
        (r"\bWHT\b", "WHITE"),
        (r"\b(\d+) ?PCS?\b", r"\1 PIECE"),
        (r"\b([A-Z]+) W (?=[A-Z])", r"\1 WITH "),
        (r"\bW/(?=[A-Z])", "WITH "),
        (r"\bSUCK\b", "SUCKER"),
        (r"\bSTRAWBERY\b", "STRAWBERRY"),
        (r"\bCINAMMON\b", "CINNAMON"),
        (r"\bPANNETONE\b", "PANETTONE"),
        (r"\bARTIIFCIAL\b", "ARTIFICIAL"),
        (r"\bBUTTERFILES\b", "BUTTERFLIES"),
        (r"\bCEATURE\b", "CREATURE"),
        (r"\bSTOPMETAL\b", "STOP METAL"),
        (r"\bUTILTY\b", "UTILITY"),
        (r"\bMISELTOE\b", "MISTLETOE"),
        (r"\s*\+\s*", " & "),
        (r'(?<=\d")(?=[A-Z])|(?<=[A-Z])(?="[A-Z])', " "),
        (r"\s*,\s*(?=\S)", ", "),
        (r"[\s.,]+$", ""),
        (r"\s+", " "),
    )
)

_ARTICLES_AND_PREPOSITIONS = (
    "a",
    "an",
    "as",
    "at",
    "by",
    "de",
    "des",
    "for",
    "from",
    "in",
    "la",
    "le",
    "les",
    "of",
    "on",
)
_SMALL_WORDS = frozenset((*_ARTICLES_AND_PREPOSITIONS, "and", "but", "or", "per", "the", "to", "with"))
_KEPT_IN_CAPITALS = frozenset(
    ("3D", "BBQ", "CD", "DIY", "DVD", "LED", "LP", "TV", "UK", "US", "USA", "USB", "XL", "II", "III")
)
_UNITS = re.compile(r"^(\d+(?:\.\d+)?(?:X\d+(?:\.\d+)?)*)(CM|MM|M|G|KG|ML|L|C|W)$|^(\d+(?:CM|MM))X(\d+(?:CM|MM))$")
_DECADE = re.compile(r"^(\d+0)'?S$")
_WORD = re.compile(r"[^\s\-/&+\"(]+")

# A note of the warehouse, never a title. Notes are typed by hand, mostly in small letters; titles come in capitals.
_NOTE = re.compile(
    r"\?|\b(?:adjust(?:ment)?|allocat\w*|amazon|barcode|breakages?|broken|can't|cargo|carton|check(?:ed)?|counted|cracked|"
    r"credit\w*|crush\w*|dagamed|damag\w*|destroyed|display|dotcom\w*|ebay|error|faulty|found|given away|had been|"
    r"incorrect\w*|invc|john lewis|label mix|lost|mailout|marked|missing|mi?x(?:ed)? up|mouldy|mrked|oops|pallet|rcvd|"
    r"re dotcom|returned|reverse|rusty?|sale error|samples?|showroom|smashed|smudges|sold|stock|taig|temp|test|"
    r"throw\w*|unsaleable|websites?|wet|wrong\w*)\b",
    re.IGNORECASE,
)


def is_note(title: str) -> bool:
    """Whether a description is a note about stock (``"wet rusty"``) and not the title of goods.

    A description with most of its letters in capitals is a title, whatever its words: goods may well be called
    ``"LOST PROPERTY BOX"``. A question mark makes a note of anything.
    """
    letters = [letter for letter in title if letter.isalpha()]
    if not letters or "?" in title:
        return True
    shouted = sum(letter.isupper() for letter in letters) >= 0.6 * len(letters)
    return not shouted and bool(_NOTE.search(title))


def best(votes: Mapping[str, int]) -> str | None:
    """Return the title most rows agree on; ``None`` if all are notes.

    ``votes`` counts rows by description. Between equals the longer one wins (it abbreviates less), then the alphabet.
    """
    merged: dict[str, int] = {}
    for title, rows in votes.items():
        if not is_note(title):
            plain = write_out(title)
            merged[plain] = merged.get(plain, 0) + rows
    if not merged:
        return None
    return max(merged, key=lambda title: (merged[title], len(title), title))


def write_out(title: str) -> str:
    """Return the description in capitals, spaces tidied and shorthand written out."""
    text = " ".join(title.upper().replace("’", "'").split())
    for pattern, replacement in _WRITTEN_OUT:
        text = pattern.sub(replacement, text)
    return text.strip()


def headline(title: str) -> str:
    """Return the title as a shop prints it: words capitalised, small words small, units and acronyms as they should be.

    >>> headline("WHITE HANGING HEART T-LIGHT HOLDER")
    'White Hanging Heart T-Light Holder'
    """
    text = write_out(title)

    def cased(match: re.Match[str]) -> str:
        is_first = match.start() == 0 or text[match.start() - 1] == '"'
        return _case(match.group(), at_an_end=is_first or match.end() == len(text))

    return _WORD.sub(cased, text)[:MAX_LENGTH].rstrip()


def _case(word: str, *, at_an_end: bool) -> str:
    if word.strip(".,'!") in _KEPT_IN_CAPITALS:
        return word
    if unit := _UNITS.match(word):
        return word.lower() if unit.group(2) != "W" else word
    if _DECADE.match(word):
        return word.lower()
    if not at_an_end and word.lower() in _SMALL_WORDS:
        return word.lower()
    if word[:1].isdigit():
        return word.lower()
    return word[:1] + word[1:].lower() if word[:1].isalpha() else word[:2] + word[2:].lower()

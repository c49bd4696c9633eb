"""Titles, shelves and attributes read from a wholesaler's shorthand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo_shop.online_retail.attributes import Attributes, attributes_of
from demo_shop.online_retail.categories import DEPARTMENTS, MORE, Shelf, entries, shelf_of, shelves
from demo_shop.online_retail.pictures.choice import motif_of
from demo_shop.online_retail.pictures.motifs import MOTIFS
from demo_shop.online_retail.titles import MAX_LENGTH, best, headline, is_note, write_out


@pytest.mark.parametrize(
    ("shouted", "title"),
    [
        ("WHITE HANGING HEART T-LIGHT HOLDER", "White Hanging Heart T-Light Holder"),
        ("  SET/5 RED RETROSPOT  LID GLASS BOWLS ", "Set of 5 Red Retrospot Lid Glass Bowls"),
        ("S/4 IVORY MINI ROSE CANDLE IN BOWL", "Set of 4 Ivory Mini Rose Candle in Bowl"),
        ("ROUND SNACK BOXES SET OF4 WOODLAND ", "Round Snack Boxes Set of 4 Woodland"),
        ("SET 12 COLOURING PENCILS DOILY", "Set of 12 Colouring Pencils Doily"),
        ("PAPER CHAIN KIT 50'S CHRISTMAS ", "Paper Chain Kit 50's Christmas"),
        ("RED TOADSTOOL LED NIGHT LIGHT", "Red Toadstool LED Night Light"),
        ("3D SHEET OF DOG STICKERS", "3D Sheet of Dog Stickers"),
        ("POLYESTER FILLER PAD 45x45cm", "Polyester Filler Pad 45x45cm"),
        ("BAG 125g SWIRLY MARBLES", "Bag 125g Swirly Marbles"),
        ("KEY FOB , BACK DOOR ", "Key Fob, Back Door"),
        ("PINK B'FLY C/COVER W BOBBLES", "Pink Butterfly Cushion Cover with Bobbles"),
        ("ROTATING SILVER ANGELS T-LIGHT HLDR", "Rotating Silver Angels T-Light Holder"),
        ("CHARLIE+LOLA PINK HOT WATER BOTTLE", "Charlie & Lola Pink Hot Water Bottle"),
        ('LETTER "A" BLING KEY RING', 'Letter "A" Bling Key Ring'),
        ("GOLD M.O.P. ORBIT NECKLACE", "Gold Mother-of-Pearl Orbit Necklace"),
        ("SET 10 CARDS SNOWY ROBIN 17099", "Set of 10 Cards Snowy Robin"),
        ("*Boombox Ipod Classic", "Boombox Ipod Classic"),
        ("LUNCH BAG  BLACK SKULL.", "Lunch Bag Black Skull"),
        ("IF YOU CAN'T STAND THE HEAT MUG", "If You Can't Stand the Heat Mug"),
    ],
)
def test_shouted_titles_are_written_as_a_shop_prints_them(shouted: str, title: str) -> None:
    assert headline(shouted) == title


@given(st.text(max_size=400))
def test_a_headline_fits_its_column_and_is_its_own_headline_in_length(text: str) -> None:
    title = headline(text)
    assert len(title) <= MAX_LENGTH
    assert title == title.strip()


@given(st.text(alphabet=st.characters(codec="ascii"), max_size=60))
def test_writing_out_twice_changes_nothing_more(text: str) -> None:
    once = write_out(text)
    assert write_out(once) == write_out(write_out(once))


@pytest.mark.parametrize(
    "note", ["damaged", "?", "check", "wrongly coded 20713", "wet rusty", "Thrown away.", "", "???MISSING"]
)
def test_notes_of_the_warehouse_are_no_titles(note: str) -> None:
    assert is_note(note)


@pytest.mark.parametrize("title", ["FOUND OBJECTS BOX", "BAG 500g SWIRLY MARBLES", "Dr. Jam's Arouzer Stress Ball"])
def test_titles_are_no_notes(title: str) -> None:
    assert not is_note(title)


def test_the_title_most_rows_agree_on_wins_over_variants_and_notes() -> None:
    votes = {
        "LUNCH BAG RED SPOTTY": 1,
        "LUNCH BAG  RED RETROSPOT": 4,
        "LUNCH BAG RED RETROSPOT": 5,
        "damaged": 40,
        "?": 9,
    }
    assert best(votes) == "LUNCH BAG RED RETROSPOT"
    assert best({"WRAP, CAROUSEL": 7, "WRAP CAROUSEL": 7}) == "WRAP, CAROUSEL"
    assert best({"found": 3, "": 1}) is None


@pytest.mark.parametrize(
    ("title", "department", "shelf"),
    [
        ("White Hanging Heart T-Light Holder", "Lighting & Candles", "T-Light Holders"),
        ("Jumbo Bag 50's Christmas", "Bags & Travel", "Jumbo Bags"),
        ("Doormat Union Flag", "Furniture & Storage", "Doormats & Doorstops"),
        ("Green Christmas Tree Card Holder", "Christmas", "Decorations"),
        ("60 Cake Cases Vintage Christmas", "Christmas", "Table & Baking"),
        ("Pack of 60 Spaceboy Cake Cases", "Kitchen & Dining", "Cake Cases"),
        ("Roses Regency Teacup and Saucer", "Kitchen & Dining", "Teapots & Teacups"),
        ("Robot Birthday Card", "Stationery & Gift Wrap", "Cards"),
        ("Tea Time Teapot in Gift Box", "Kitchen & Dining", "Teapots & Teacups"),
        ("Set of 6 Butterfly T-Lights", "Lighting & Candles", "Candles & Incense"),
        ("Soldiers Egg Cup", "Kitchen & Dining", "Egg Cups & Breakfast"),
        ("Red Kukui Coconut Seed Necklace", "Jewellery & Accessories", "Necklaces"),
        ("Heart of Wicker Small", "Home Decoration", "Hearts & Hanging Decorations"),
        ("Party Bunting", "Party", "Bunting & Balloons"),
        ("Vintage Snakes & Ladders", "Children", "Games & Jigsaws"),
    ],
)
def test_titles_find_their_shelf(title: str, department: str, shelf: str) -> None:
    assert shelf_of(title) == Shelf(department, shelf)


@pytest.mark.parametrize("title", ["Wholly Unheard-of Article", "Catalogue", "Henceforth", ""])
def test_what_no_phrase_names_goes_to_more(title: str) -> None:
    assert shelf_of(title) == MORE


def test_the_grammar_reads_entries_with_phrases_over_several_lines() -> None:
    text = "# words\n\nToys / Balls\n    RED BALL,\n    BLUE ~ BALL\nToys / Dolls\n    DOLL\n"
    assert list(entries(text)) == [
        (Shelf("Toys", "Balls"), ["RED BALL", "BLUE ~ BALL"]),
        (Shelf("Toys", "Dolls"), ["DOLL"]),
    ]


def test_every_shelf_stands_once_in_a_department_of_the_menu_and_has_a_picture() -> None:
    every = shelves()
    assert len(set(every)) == len(every) > 60
    assert every[-1] == MORE
    assert [shelf.department for shelf in every[:-1]] == sorted(
        (shelf.department for shelf in every[:-1]), key=DEPARTMENTS.index
    )
    assert {motif_of(shelf) for shelf in every} <= set(MOTIFS)


@pytest.mark.parametrize(
    ("title", "attributes"),
    [
        ("Set of 4 Red Mini Rose Candle in Bowl", Attributes(colour="Red", pieces=4)),
        ("Jumbo Bag Pink Polkadot", Attributes(colour="Pink", design="Polkadot")),
        ("Pack of 72 Retrospot Cake Cases", Attributes(design="Retrospot", pieces=72)),
        ("Baking Set 9 Piece Retrospot", Attributes(design="Retrospot", pieces=9)),
        ("Regency Cakestand 3 Tier", Attributes(design="Regency")),
        ("3 Tier Cake Tin Red and Cream", Attributes(colour="Red")),
        ("Sky Blue Vase", Attributes(colour="Sky blue")),
        ("Record Frame 7", Attributes()),
    ],
)
def test_a_title_tells_colour_design_and_pieces(title: str, attributes: Attributes) -> None:
    assert attributes_of(title) == attributes

"""``python -m tests.benchmarks.recommend``: what it writes, and what it says about files that are at fault."""

import csv
import gzip
from pathlib import Path

import pytest

from tests.benchmarks import lines, recommend

HEADER = "order_id,customer_id,ordered_at,product_id,quantity\n"
GOOD = (
    "A1,7,2024-05-01T10:00:00,tea,1\n"
    "A1,7,2024-05-01T10:00:00,cup,2\n"
    "A2,,2024-05-02T11:30:00,tea,1\n"
    "A2,,2024-05-02T11:30:00,cup,1\n"
    "A2,,2024-05-02T11:30:00,pot,1\n"
    "A3,8,2024-05-09,pot,1\n"
)


def run(folder: Path, text: str, *options: str) -> int:
    source = folder / "in.csv"
    source.write_text(text, encoding="utf-8")
    return recommend.main(["--lines", str(source), "--out", str(folder / "out.csv"), "--table", "basket", *options])


def written(folder: Path) -> list[dict[str, str]]:
    with (folder / "out.csv").open(newline="") as text:
        return list(csv.DictReader(text))


def test_a_table_is_written_best_first(tmp_path: Path) -> None:
    assert run(tmp_path, HEADER + GOOD) == 0
    rows = written(tmp_path)
    assert [(row["product_id"], row["neighbour_id"], row["rank"], row["orders_together"]) for row in rows] == [
        ("cup", "tea", "1", "2"),
        ("cup", "pot", "2", "1"),
        ("pot", "cup", "1", "1"),
        ("pot", "tea", "2", "1"),
        ("tea", "cup", "1", "2"),
        ("tea", "pot", "2", "1"),
    ]
    assert list(rows[0]) == ["product_id", "neighbour_id", "rank", "score", "orders_together"]
    assert float(rows[0]["score"]) > float(rows[1]["score"]) > 0


def test_the_fast_engine_writes_the_same_file(tmp_path: Path) -> None:
    pytest.importorskip("numba", reason="numba is not installed; enable with: pip install upsell[fast]")
    run(tmp_path, HEADER + GOOD)
    one = (tmp_path / "out.csv").read_bytes()
    run(tmp_path, HEADER + GOOD, "--engine", "fast")
    assert (tmp_path / "out.csv").read_bytes() == one


def test_top_limits_the_neighbours(tmp_path: Path) -> None:
    assert run(tmp_path, HEADER + GOOD, "--top", "1") == 0
    assert [row["rank"] for row in written(tmp_path)] == ["1", "1", "1"]


def test_a_file_with_a_header_only_gives_an_empty_table(tmp_path: Path) -> None:
    assert run(tmp_path, HEADER) == 0
    assert (tmp_path / "out.csv").read_text() == "product_id,neighbour_id,rank,score,orders_together\n"


def test_a_gzipped_file_is_read(tmp_path: Path) -> None:
    source = tmp_path / "in.csv.gz"
    with gzip.open(source, "wt") as text:
        text.write(HEADER + GOOD)
    arguments = ["--lines", str(source), "--out", str(tmp_path / "out.csv"), "--table", "product"]
    assert recommend.main(arguments) == 0
    assert len(written(tmp_path)) == 6


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "line 1: no column order_id, ordered_at, product_id, quantity"),
        ("order_id,product_id\n", "line 1: no column ordered_at, quantity"),
        (HEADER + GOOD + "A4,8,2024-05-09,pot\n", "line 8: 4 fields instead of 5"),
        (HEADER + GOOD + ",8,2024-05-09,pot,1\n", "line 8: order_id is empty"),
        (HEADER + GOOD + "A4,8,2024-05-09,,1\n", "line 8: product_id is empty"),
        (HEADER + GOOD + "A4,8,yesterday,pot,1\n", "line 8: ordered_at 'yesterday' is no ISO date"),
        (HEADER + GOOD + "A4,8,,pot,1\n", "line 8: ordered_at is empty here, unlike above"),
        (HEADER + "A4,8,,pot,1\n" + GOOD, "line 3: ordered_at is filled here, unlike above"),
        (HEADER + GOOD + "A4,8,2024-05-09,pot,many\n", "line 8: quantity 'many' is no number"),
        (HEADER + GOOD + "A4,8,2024-05-09,pot,nan\n", "line 8: quantity 'nan' is no number"),
        (HEADER + GOOD + 'A4,8,2024-05-09,"pot,1\n', "line"),
    ],
)
def test_a_corrupt_file_is_refused_with_line_and_reason_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, complaint: str
) -> None:
    assert run(tmp_path, text) == 1
    assert complaint in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


def test_bytes_that_are_no_text_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "in.csv").write_bytes((HEADER + GOOD).encode() + b"A9,1,2024-05-09,p\xff,1\n")
    arguments = ["--lines", str(tmp_path / "in.csv"), "--out", str(tmp_path / "out.csv"), "--table", "product"]
    assert recommend.main(arguments) == 1
    assert "line" in capsys.readouterr().err
    assert not (tmp_path / "out.csv").exists()


def test_a_cut_off_archive_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = gzip.compress((HEADER + GOOD * 500).encode())
    (tmp_path / "in.csv.gz").write_bytes(whole[: len(whole) // 2])
    arguments = ["--lines", str(tmp_path / "in.csv.gz"), "--out", str(tmp_path / "out.csv"), "--table", "product"]
    assert recommend.main(arguments) == 1
    assert "in.csv.gz, after line" in capsys.readouterr().err


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--lines", str(tmp_path / "no.csv"), "--out", str(tmp_path / "out.csv"), "--table", "product"]
    assert recommend.main(arguments) == 1
    assert "no.csv" in capsys.readouterr().err


def test_a_table_that_was_there_before_stays_when_the_new_file_is_corrupt(tmp_path: Path) -> None:
    run(tmp_path, HEADER + GOOD)
    before = (tmp_path / "out.csv").read_bytes()
    assert run(tmp_path, HEADER + GOOD + "x\n") == 1
    assert (tmp_path / "out.csv").read_bytes() == before


def test_returns_are_not_purchases(tmp_path: Path) -> None:
    assert run(tmp_path, HEADER + GOOD + "A9,1,2024-05-09,tea,-1\nA9,1,2024-05-09,pot,0\n") == 0
    assert len(written(tmp_path)) == 6


@pytest.mark.parametrize(("minutes", "dated"), [((0, 1, 2, 3), False), ((0, 1, 2, 60), True), ((5,), True)])
def test_times_at_equal_distances_are_made_up(tmp_path: Path, minutes: tuple[int, ...], dated: bool) -> None:
    body = "".join(f"{minute},1,2024-05-01T{minute // 60:02}:{minute % 60:02}:00,tea,1\n" for minute in minutes)
    (tmp_path / "in.csv").write_text(HEADER + body)
    shop = lines.read(tmp_path / "in.csv")
    assert shop.has_dates is dated
    assert shop.method().half_life_days == (90.0 if dated else None)


def test_a_file_without_dates_is_read(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text(HEADER + "1,,,tea,1\n1,,,cup,1\n2,,,tea,1\n")
    assert not lines.read(tmp_path / "in.csv").has_dates


def test_numbers_are_ordered_by_value_and_other_ids_by_text(tmp_path: Path) -> None:
    for products, expected in ((("10", "9"), ["9", "10"]), (("10", "9a"), ["10", "9a"])):
        (tmp_path / "in.csv").write_text(HEADER + "".join(f"1,,2024-05-01,{product},1\n" for product in products))
        assert lines.read(tmp_path / "in.csv").names == expected


def test_a_huge_order_is_drawn_from_by_its_own_ids(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text(HEADER + "".join(f"A1,,2024-05-01,p{k},1\n" for k in range(300)))
    shop = lines.read(tmp_path / "in.csv")
    assert len(shop.history.product) == 200

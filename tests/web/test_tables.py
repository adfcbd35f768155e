"""A table is the same for a person and for a program, and no cell of it runs as a formula."""

import csv
import io
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from web.tables import Column, Link, Table, Tag, csv_answer, csv_text, neutral

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
TABLE = Table(
    "readings",
    "Readings <i>",
    [
        Column("Site"),
        Column("PM10", "ug/m3", digits=1, nothing="no reading"),
        Column("Since"),
        Column("For"),
        Column("State"),
        Column("Working"),
    ],
    [
        (
            Link("<b>Quay</b>", "/sites/1"),
            191.26,
            NOON,
            timedelta(minutes=90),
            Tag("red", "red"),
            True,
        ),
        ("=cmd()", None, None, None, "", False),
    ],
)


def test_page_escapes_what_people_wrote() -> None:
    """A name cannot bring markup into a cell, a heading or the caption."""
    assert "<b>" not in TABLE.html
    assert "<i>" not in TABLE.html
    assert "&lt;b&gt;Quay" in TABLE.html


def test_page_keeps_roles_and_labels() -> None:
    """On a phone, where rows are blocks, assistive technology still meets a table with labels."""
    for part in ('role="table"', 'role="rowheader"', 'data-label="PM10 (µg/m³)"', 'scope="col"'):
        assert part in TABLE.html
    wide = Table("w", "Wide", TABLE.columns, TABLE.rows, wide=True).html
    assert 'role="region" tabindex="0" aria-label="Wide"' in wide


def test_long_table_is_cut_on_the_page_alone() -> None:
    """A page shows so many rows and says how many there are; the CSV holds all."""
    long = Table("n", "Numbers", [Column("N", digits=0)], [(n,) for n in range(1200)], most=3)
    assert long.html.count("<tr") == 4
    assert "the first 3 of 1,200 rows" in long.html
    assert len(long.csv.splitlines()) == 1201


def test_missing_value_is_said_in_words() -> None:
    """No reading is a word of the column, never zero; an empty table says what it means."""
    assert "no reading" in TABLE.html
    assert "1 hour 30 minutes" in TABLE.html
    assert "Wed 1 Jul 2026, 13:00" in TABLE.html
    assert Table("e", "E", [Column("A")], [], nothing="None <yet>.").html.endswith(
        "None &lt;yet&gt;.</p>"
    )


def test_csv_is_for_programs() -> None:
    """Headings carry units, times are UTC with their offset, numbers are unrounded."""
    heading, first, second = list(csv.reader(io.StringIO(TABLE.csv)))
    assert heading == ["Site", "PM10 (µg/m³)", "Since", "For (minutes)", "State", "Working"]
    assert first == ["<b>Quay</b>", "191.26", "2026-07-01T12:00:00+00:00", "90.0", "red", "yes"]
    assert second == ["'=cmd()", "", "", "", "", "no"]


def test_csv_answer_opens_in_a_spreadsheet() -> None:
    """The file has a name and a byte order mark, so that its letters are read as UTF-8."""
    answer = csv_answer("readings", TABLE.csv)
    assert bytes(answer.body).startswith(b"\xef\xbb\xbfSite,")
    assert answer.headers["content-disposition"] == 'attachment; filename="readings.csv"'


@given(st.text(max_size=12), st.floats(allow_nan=False, allow_infinity=False))
def test_no_text_is_a_formula_and_all_comes_back(text: str, number: float) -> None:
    """Whatever is in a text, the CSV gives it back but for the apostrophe, and runs nothing."""
    text = text.replace("\x00", "")
    row = list(csv.reader(io.StringIO(csv_text(["a", "b"], [[text, number]]), newline="")))[1]
    assert row[0] in {text, f"'{text}"}
    assert not row[0].startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert float(row[1]) == number
    assert neutral(neutral(text)) == neutral(text)

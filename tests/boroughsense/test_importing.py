"""Measured series are taken whole, or refused with every mistake."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from boroughsense.series_file import WrongSeries, read
from boroughsense.series_layout import Column, Feed, Layout, WrongLayout, load, names
from boroughsense.series_times import LeftOut
from decoders.model import Environment
from decoders.units import Line
from storage.connection import Connection
from storage.imports import Source, Value, store

SOURCE = Source("02c17a0000000777", "old logger", Environment.OUTDOOR, timedelta(hours=1))
LAYOUT = Layout(
    "when",
    (
        Feed(
            SOURCE,
            (
                Column("dust", "pm10", "", Line(1.3)),
                Column("probe", "temperature", "external"),
            ),
        ),
    ),
)
DESCRIPTION = """\
title: Two loggers in one file
time: when
zone: Europe/London
interval: 15m
device_column: lot
devices:
  - dev_eui: 02c17a0000000001
    name: first
    environment: outdoor
    row: "1"
    columns: {no2: {column: gas, unit: ug/m3}}
  - dev_eui: 02c17a0000000002
    name: second
    environment: indoor
    row: "2"
    columns: {temperature/external: {column: probe, factor: 0.1}}
"""
GOOD = "when,dust,probe\n2026-05-01T10:00Z,100,-2.5\n2026-05-01T12:00+01:00,,3\n,7,7\n"


def _file(folder: Path, text: str) -> Path:
    file = folder / "series.csv"
    file.write_text(text)
    return file


def test_columns_become_values(tmp_path: Path) -> None:
    """An empty cell is no value, a line without a time is left out, a factor multiplies."""
    series = read(_file(tmp_path, GOOD), LAYOUT, timedelta(weeks=1))
    ten, eleven = datetime(2026, 5, 8, 10, tzinfo=UTC), datetime(2026, 5, 8, 11, tzinfo=UTC)
    (feed,) = series.feeds
    assert feed[0] == SOURCE
    assert feed[1] == [
        Value("pm10", "", ten, 130.0, 1),
        Value("temperature", "external", ten, -2.5, 1),
        Value("temperature", "external", eleven, 3.0, 1),
    ]
    assert series.left_out == (LeftOut(4, "has no time"),)
    assert series.count == 3


def test_parquet_is_read_like_csv(tmp_path: Path) -> None:
    """The same table as Parquet gives the same values."""
    import pandas as pd  # noqa: PLC0415 - only here

    table = pd.DataFrame({"when": ["2026-05-01T10:00Z"], "dust": [100.0], "probe": [-2.5]})
    table.to_parquet(tmp_path / "series.parquet")
    assert read(tmp_path / "series.parquet", LAYOUT).count == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("when,dust\n", "the file has no column 'probe': it has when, dust"),
        (GOOD.replace("100", "many"), "line 2, dust: 'many' is no number"),
        (GOOD.replace("2026-05-01T10:00Z", "soon"), "line 2, when: 'soon' is no time"),
    ],
)
def test_every_mistake_has_its_line(tmp_path: Path, text: str, said: str) -> None:
    """A wrong cell is told with its line, and nothing is taken."""
    with pytest.raises(WrongSeries, match=said):
        read(_file(tmp_path, text), LAYOUT)


def test_all_mistakes_at_once(tmp_path: Path) -> None:
    """A file that is not there, and a property that is none, are sentences."""
    with pytest.raises(WrongSeries, match="cannot be read"):
        read(tmp_path / "gone.csv", LAYOUT)
    wrong = GOOD.replace("100", "many").replace(",3\n", ",x\n")
    with pytest.raises(WrongSeries) as caught:
        read(_file(tmp_path, wrong), LAYOUT)
    assert len(str(caught.value).splitlines()) == 2


def test_description_tells_devices_units_and_zone(tmp_path: Path) -> None:
    """Each device gets its rows in our units; an hour named twice or never is left out."""
    description = tmp_path / "two.yaml"
    description.write_text(DESCRIPTION)
    text = (
        "when,lot,gas,probe\n2026-07-01 12:00,1,191.25,\n2026-07-01T12:00:00+01:00,2,5,215\n"
        "2026-10-25 01:30,1,1,1\n2026-03-29 01:30,2,1,1\n"
    )
    series = read(_file(tmp_path, text), load(str(description)))
    noon = datetime(2026, 7, 1, 11, tzinfo=UTC)
    (first, gas), (second, probe) = series.feeds
    assert (first.dev_eui, second.dev_eui) == ("02c17a0000000001", "02c17a0000000002")
    assert [(v.observed_property, v.time, round(v.result, 9)) for v in gas] == [
        ("no2", noon, 100.0)
    ]
    assert probe == [Value("temperature", "external", noon, 21.5, 1)]
    assert [each.line for each in series.left_out] == [4, 5]


def test_row_of_no_device_is_told(tmp_path: Path) -> None:
    """A row that belongs to nobody is a mistake of the file, and so is a time without its zone."""
    description = tmp_path / "two.yaml"
    description.write_text(DESCRIPTION)
    with pytest.raises(WrongSeries, match="line 2, lot: no device is '3'"):
        read(_file(tmp_path, "when,lot,gas,probe\n2026-07-01,3,1,1\n"), load(str(description)))
    with pytest.raises(WrongSeries, match=r"line 2, when: .* has no offset"):
        read(_file(tmp_path, "when,dust,probe\n2026-07-01 12:00,1,1\n"), LAYOUT)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("unit: ug/m3", "unit: lux", "lux"),
        ("temperature/external", "temprature", "did you mean `temperature`"),
        ('row: "2"', 'row: "1"', "`row` of its own"),
        ("device_column: lot", "title: x", "."),
        ("Europe/London", "London/Europe", "not a time zone"),
        ("15m", "0m", "."),
        ("title:", "titel:", "title"),
        ("title: Two", "title: [", "."),
    ],
)
def test_wrong_description_is_told(tmp_path: Path, old: str, new: str, said: str) -> None:
    """A description that does not fit is a sentence with the place of its mistake."""
    description = tmp_path / "two.yaml"
    description.write_text(DESCRIPTION.replace(old, new))
    with pytest.raises(WrongLayout, match=said):
        load(str(description))


def test_shipped_descriptions_are_read() -> None:
    """What ships loads, and a name that is neither a file nor shipped says what there is."""
    assert set(names()) == {"house1", "house5", "malaga", "marylebone"}
    for name in names():
        assert load(name).feeds
    with pytest.raises(WrongLayout, match="none of house1, house5, malaga, marylebone"):
        load("gone")


def test_what_is_there_stays(database: Connection) -> None:
    """A series that is imported twice is there once, with its hours marked once."""
    at = datetime(2026, 5, 1, tzinfo=UTC)
    values = [Value("pm10", "", at + timedelta(hours=n), float(n), 1) for n in range(48)]
    assert store(database, SOURCE, values) == 48
    assert store(database, SOURCE, [v._replace(result=1.0) for v in values]) == 0
    assert store(database, SOURCE, []) == 0
    counts = database.execute(
        "select count(*), sum(result), (select count(*) from dirty_interval),"
        " (select result from latest) from observation"
    ).fetchone()
    assert counts == (48, sum(range(48)), 48, 47.0)


def _run(database: Connection, *words: str) -> "subprocess.CompletedProcess[str]":
    info = database.info
    url = f"postgresql://{info.user}@/{info.dbname}?host={info.host.replace('/', '%2F')}"
    command = [sys.executable, "-m", "boroughsense", "import", *words, "--database-url", url]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_command(database: Connection, tmp_path: Path) -> None:
    """The command stores a file, and says in a sentence what is wrong."""
    file = str(_file(tmp_path, GOOD))
    words = (file, "--device", "02C17A0000000777", "--time", "when", "--column", "dust=pm10")
    done = _run(database, *words, "--json")
    assert json.loads(done.stdout) == {
        "values": 1,
        "added": 1,
        "left_out": [{"line": 4, "why": "has no time"}],
    }, done.stderr
    assert "1 values" in _run(database, *words).stdout
    for wrong, code in (
        ((*words, "--factor", "dust=x"), 2),
        ((*words, "--column", "dust"), 2),
        ((file, "--device", "x", "--column", "dust=pm10"), 2),
        ((*words, "--column", "gone=pm10"), 1),
    ):
        done = _run(database, *wrong)
        assert done.returncode == code
        assert "Traceback" not in done.stderr

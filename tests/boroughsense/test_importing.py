"""Measured series are taken whole, or refused with every mistake."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from boroughsense.series_file import Columns, WrongSeries, read
from decoders.model import Environment
from storage.connection import Connection
from storage.imports import Source, Value, store

COLUMNS = Columns("when", {"dust": "pm10", "probe": "temperature/external"}, {"dust": 1.3})
GOOD = "when,dust,probe\n2026-05-01T10:00Z,100,-2.5\n2026-05-01T12:00+01:00,,3\n,7,7\n"


def _file(folder: Path, text: str) -> Path:
    file = folder / "series.csv"
    file.write_text(text)
    return file


def test_columns_become_values(tmp_path: Path) -> None:
    """An empty cell is no value, a line without a time is left out, a factor multiplies."""
    series = read(_file(tmp_path, GOOD), COLUMNS, timedelta(weeks=1))
    ten, eleven = datetime(2026, 5, 8, 10, tzinfo=UTC), datetime(2026, 5, 8, 11, tzinfo=UTC)
    assert series.values == [
        Value("pm10", "", ten, 130.0, 1),
        Value("temperature", "external", ten, -2.5, 1),
        Value("temperature", "external", eleven, 3.0, 1),
    ]
    assert series.without_time == 1


def test_parquet_is_read_like_csv(tmp_path: Path) -> None:
    """The same table as Parquet gives the same values."""
    import pandas as pd  # noqa: PLC0415 - only here

    table = pd.DataFrame({"when": ["2026-05-01T10:00Z"], "dust": [100.0], "probe": [-2.5]})
    table.to_parquet(tmp_path / "series.parquet")
    assert len(read(tmp_path / "series.parquet", COLUMNS).values) == 2


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
        read(_file(tmp_path, text), COLUMNS)


def test_all_mistakes_at_once(tmp_path: Path) -> None:
    """A file that is not there, and a property that is none, are sentences."""
    with pytest.raises(WrongSeries, match="cannot be read"):
        read(tmp_path / "gone.csv", COLUMNS)
    wrong = GOOD.replace("100", "many").replace(",3\n", ",x\n")
    with pytest.raises(WrongSeries) as caught:
        read(_file(tmp_path, wrong), COLUMNS)
    assert len(str(caught.value).splitlines()) == 2
    with pytest.raises(WrongSeries, match="'dirt' is not an observed property"):
        read(_file(tmp_path, GOOD), Columns("when", {"dust": "dirt"}, {}))


def test_what_is_there_stays(database: Connection) -> None:
    """A series that is imported twice is there once, with its hours marked once."""
    source = Source("02c17a0000000777", "old logger", Environment.OUTDOOR, timedelta(hours=1))
    at = datetime(2026, 5, 1, tzinfo=UTC)
    values = [Value("pm10", "", at + timedelta(hours=n), float(n), 1) for n in range(48)]
    assert store(database, source, values) == 48
    assert store(database, source, [v._replace(result=1.0) for v in values]) == 48
    assert store(database, source, []) == 0
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
    assert json.loads(done.stdout) == {"values": 1, "lines_without_time": 1}, done.stderr
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

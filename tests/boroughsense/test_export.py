"""`export` writes readings and means of any place as files."""

import csv
import importlib
import io
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from boroughsense.commands import devices, export
from storage import audit
from storage.connection import connect
from tests.fixtures.open_data import DAY, EUI, MOVED, SECRET, Borough, place_id
from tests.fixtures.readings import reading, store
from tests.fixtures.service_process import database_url

PARQUET: Any = importlib.import_module("pyarrow.parquet")
app = typer.Typer()
export.register(app)
devices.register(app)
runner = CliRunner()


def run(dsn: str, *words: str, until: str = "2026-05-13") -> Result:
    """Run the command on a database for the day of the borough."""
    told = ["export", "--from", "2026-05-11", "--to", until, "--database-url", database_url(dsn)]
    return runner.invoke(app, [*told, *words])


def rows(dsn: str, *words: str) -> list[dict[str, str]]:
    """Give the rows of a CSV export."""
    result = run(dsn, *words)
    assert result.exit_code == 0, result.output
    return list(csv.DictReader(io.StringIO(result.stdout, newline="")))


def test_csv_of_readings(open_dsn: str, open_ids: dict[str, str]) -> None:
    """Readings of a place have place, property, unit, times, value, validity, flag and status."""
    found = rows(open_dsn, "--place", open_ids["North gate"], "--property", "pm10")
    assert len(found) == 24
    assert found[0] == {
        "place_id": open_ids["North gate"],
        "kind": "position",
        "place": "North gate",
        "latitude": "51.5",
        "longitude": "0.01",
        "property": "pm10",
        "channel": "",
        "unit": "ug/m3",
        "start": "2026-05-12T00:00:00+00:00",
        "end": "2026-05-12T00:00:00+00:00",
        "hour_ending": "",
        "value": "10.0",
        "valid": "true",
        "quality": "1",
        "status": "provisional",
        "revised": "",
        "instance": "live",
    }


def test_hours(open_dsn: str, open_ids: dict[str, str]) -> None:
    """Hourly means are those of hours that the device spent wholly at its place."""
    found = rows(open_dsn, "--place", open_ids["South gate"], "--interval", "1h")
    assert [row["start"][11:13] for row in found] == ["07", "08", "09", "10", "11"]
    assert found[0]["value"] == "214.5"
    assert found[0]["end"] == "2026-05-12T08:00:00+00:00"
    assert found[0]["hour_ending"] == "2026-05-12 08:00"


def test_hours_that_were_worked_out(open_borough: Borough) -> None:
    """What is worked out for a place, whatever device is there, is exported with it."""
    database = open_borough.database
    room = place_id(database, "Kitchen")
    database.execute(
        "with made as (insert into series (owner_place_id, channel, property_id)"
        " select place.id, '', observed_property.id from place, observed_property"
        " where public_id = %s and observed_property.name = 'mould_index' returning id)"
        " insert into rollup_1h"
        " (series_id, interval_start, count, expected, mean, valid, computed_at)"
        " select id, %s, 1, 1, 1.25, true, now() from made",
        [room, DAY],
    )
    told = ("--place", room, "--property", "mould_index", "--interval", "1h")
    [found] = rows(open_borough.dsn, *told)
    assert (found["value"], found["place"], found["status"]) == ("1.25", "Kitchen", "provisional")


def test_home_site_and_zone_stand_for_what_is_in_them(
    open_dsn: str, open_ids: dict[str, str]
) -> None:
    """An operator may export a home: its rooms, with what was read while a device was there."""
    home = rows(open_dsn, "--place", open_ids["12 Acacia Road"], "--property", "pm10")
    assert {row["place"] for row in home} == {"Bedroom", "Kitchen"}
    assert {float(row["value"]) for row in home} == {SECRET}
    assert {row["latitude"] for row in home} == {""}
    before = [row for row in home if row["place"] == "Bedroom"]
    assert max(row["start"] for row in before) < MOVED.isoformat()
    site = rows(open_dsn, "--place", open_ids["Quay works"], "--property", "pm10")
    assert {row["place"] for row in site} == {"North gate", "South gate"}
    zone = rows(open_dsn, "--place", open_ids["Market"])
    assert len({row["place"] for row in zone}) == 5


def test_homes_know_who_exported_them(open_dsn: str, open_ids: dict[str, str]) -> None:
    """The audit of each home in an export says by whom; one without a home says nothing."""
    before = "select count(*) from audit where action = 'exported'"
    with connect(open_dsn) as database:
        [(number,)] = database.execute(before.encode()).fetchall()
        rows(open_dsn, "--place", open_ids["North gate"])
        assert database.execute(before.encode()).fetchall() == [(number,)]
        rows(open_dsn, "--place", open_ids["12 Acacia Road"], "--by", "Hanna")
        entry = audit.read(database, open_ids["12 Acacia Road"])[0]
        assert (entry.actor, entry.action, entry.detail["interval"]) == ("Hanna", "exported", "raw")
        rows(open_dsn, "--by", "Ewan")
        homes = database.execute("select subject from audit where actor = 'Ewan'").fetchall()
        assert len(homes) == 2


def test_everything(open_dsn: str) -> None:
    """Without a place and a property all is exported, but for devices that are nowhere."""
    found = rows(open_dsn)
    assert {"Bedroom", "High Street", "Bay 5"} <= {row["place"] for row in found}
    with connect(open_dsn) as database:
        [(nowhere,)] = database.execute(
            "select count(*) from observation join series on series.id = series_id"
            " join device on device.id = device_id where dev_eui = %s",
            [EUI(99)],
        ).fetchall()
        [(total,)] = database.execute("select count(*) from observation").fetchall()
    assert len(found) == total - nowhere


@pytest.mark.parametrize("form", ["csv", "geojson", "parquet"])
def test_files(open_dsn: str, open_ids: dict[str, str], tmp_path: Path, form: str) -> None:
    """Each format is written to a file, and how many rows it has is said."""
    file = tmp_path / f"export.{form}"
    told = ("--place", open_ids["East fence"], "--format", form, "--out", str(file))
    result = run(open_dsn, *told)
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "24 rows\n")
    if form == "csv":
        assert file.read_bytes().count(b"\r\n") == 25
    elif form == "geojson":
        document = json.loads(file.read_text())
        assert document["instance"] == "live"
        assert len(document["features"]) == 24
        assert document["features"][0]["geometry"]["coordinates"] == [0.04, 51.5]
    else:
        table = PARQUET.read_table(file)
        assert table.num_rows == 24
        assert table.schema.metadata[b"instance"] == b"live"


def test_geojson_of_nothing(open_dsn: str) -> None:
    """An export without a row is a whole file all the same."""
    result = run(open_dsn, "--format", "geojson", until="2026-05-11T01:00Z")
    assert json.loads(result.stdout)["features"] == []


def test_formula_is_no_formula(open_borough: Borough) -> None:
    """A place that is named like a formula is exported as a text; a negative value is a number."""
    database = open_borough.database
    place = place_id(database, "East fence")
    database.execute("update place set name = '=1+1' where public_id = %s", [place])
    cold = reading(DAY + timedelta(minutes=7), {"temperature": -5.0}, dev_eui=EUI(4))
    store(database, [cold])
    found = rows(open_borough.dsn, "--place", place)
    assert {row["place"] for row in found} == {"'=1+1"}
    assert "-5.0" in {row["value"] for row in found}


def test_wrong_use(open_dsn: str, tmp_path: Path) -> None:
    """A property or a time that is none is wrong use; a place or a file that is none is said."""
    assert run(open_dsn, "--property", "happiness").exit_code == 2
    assert run(open_dsn, until="soon").exit_code == 2
    unknown = run(open_dsn, "--place", "nowhere")
    assert (unknown.exit_code, unknown.stdout) == (1, "")
    assert "no place has the identifier nowhere" in unknown.stderr
    nowhere = run(open_dsn, "--out", str(tmp_path / "no" / "file"))
    assert nowhere.exit_code == 1
    assert "cannot be written" in nowhere.stderr


def test_parquet_without_pyarrow(open_dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where pyarrow is not installed, that is one sentence."""

    def missing(name: str) -> object:
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", missing)
    result = run(open_dsn, "--format", "parquet")
    assert result.exit_code == 1
    assert "pyarrow" in result.stderr


def test_help_says_that_rooms_are_personal() -> None:
    """Who exports is told what the file holds."""
    words = " ".join(runner.invoke(app, ["export", "--help"]).output.split())
    assert "Readings of a room are personal data" in words

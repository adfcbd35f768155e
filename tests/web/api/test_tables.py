"""The tables of the open API in every format."""

import csv
import importlib
import io
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from starlette.testclient import TestClient

from storage import ratification
from storage.open_data import Mark
from tests.fixtures.open_data import DAY, EUI, MOVED, Borough, place_id
from tests.fixtures.readings import reading, store
from tests.web.api.everything import PERIOD
from web.api.columns import HOURS, TABLES, csv_cell, json_row
from web.api.questions import read_mark, write_mark

PARQUET: Any = importlib.import_module("pyarrow.parquet")


def _csv(client: TestClient, address: str) -> list[dict[str, str]]:
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.text.count("\r\n") == answer.text.count("\n")
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


@pytest.mark.parametrize("table", sorted(TABLES))
def test_formats_tell_the_same(public: TestClient, table: str) -> None:
    """JSON, GeoJSON and CSV of a table have the same rows and the columns of the dictionary."""
    query = PERIOD if table in ("readings", "hourly") else ""
    names = [column.name for column in TABLES[table]]
    rows = public.get(f"/api/v1/{table}?{query}").json()[table]
    assert rows
    assert all(list(row) == names for row in rows)
    written = _csv(public, f"/api/v1/{table}?{query}&format=csv")
    assert [row["place_id"] for row in written] == [row["place_id"] for row in rows]
    collection = public.get(f"/api/v1/{table}?{query}&format=geojson")
    assert collection.headers["content-type"] == "application/geo+json"
    features = collection.json()["features"]
    for feature, row in zip(features, rows, strict=True):
        told = {**row}
        position = [told.pop("longitude"), told.pop("latitude")]
        assert feature["properties"] == told
        assert (feature["geometry"] or {"coordinates": [None, None]})["coordinates"] == position


def test_csv_of_hours(public: TestClient, open_ids: Mapping[str, str]) -> None:
    """A row of CSV has times with their offset, its unit, validity, flag and status."""
    rows = _csv(public, f"/api/v1/hourly?{PERIOD}&place={open_ids['East fence']}&format=csv")
    assert len(rows) == 12
    assert rows[0] == {
        "place_id": open_ids["East fence"],
        "place": "East fence",
        "kind": "position",
        "area": "Mill",
        "latitude": "51.5",
        "longitude": "0.04",
        "property": "pm10",
        "channel": "",
        "unit": "ug/m3",
        "start": "2026-05-12T00:00:00+00:00",
        "end": "2026-05-12T01:00:00+00:00",
        "value": "40.5",
        "minimum": "40.0",
        "maximum": "41.0",
        "count": "2",
        "expected": "2",
        "valid": "true",
        "quality": "1",
        "status": "provisional",
        "instance": "live",
    }


def test_hour_with_too_few_readings_is_not_valid(open_borough: Borough) -> None:
    """A mean of too few readings is given, and said to be none."""
    database = open_borough.database
    database.execute(
        "update rollup_1h set count = 1, valid = false where interval_start = %s", [DAY]
    )
    rows = open_borough.public.get(f"/api/v1/hourly?{PERIOD}&property=no2").json()["hourly"]
    assert [(row["valid"], row["quality"]) for row in rows[:2]] == [(False, 3), (True, 1)]


def test_parquet(public: TestClient) -> None:
    """Parquet holds typed columns, and the licence in its metadata."""
    answer = public.get(f"/api/v1/hourly?{PERIOD}&format=parquet")
    assert answer.headers["content-type"] == "application/vnd.apache.parquet"
    table = PARQUET.read_table(io.BytesIO(answer.content))
    assert table.column_names == [column.name for column in HOURS]
    assert str(table.schema.field("start").type) == "timestamp[us, tz=UTC]"
    assert b"open-government-licence" in table.schema.metadata[b"licence"]
    rows = public.get(f"/api/v1/hourly?{PERIOD}").json()["hourly"]
    assert table.column("value").to_pylist() == [row["value"] for row in rows]


def test_parquet_without_pyarrow(public: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where pyarrow is not installed, Parquet is refused and the rest works."""

    def missing(name: str) -> object:
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", missing)
    answer = public.get(f"/api/v1/hourly?{PERIOD}&format=parquet")
    assert answer.status_code == 501
    assert "pyarrow" in answer.json()["detail"]


@pytest.mark.parametrize("table", ["places", "latest", "readings", "hourly"])
@pytest.mark.parametrize("form", ["json", "csv"])
def test_tables_go_on(public: TestClient, table: str, form: str) -> None:
    """A table is read in pages that follow each other without gap or repetition."""
    query = PERIOD.split("&limit")[0] if table in ("readings", "hourly") else ""
    whole = public.get(f"/api/v1/{table}?{query}&limit=50000").json()[table]
    size = len(whole) // 3
    address: str | None = f"/api/v1/{table}?{query}&limit={size}&format={form}"
    found: list[Any] = []
    while address:
        answer = public.get(address)
        assert answer.status_code == 200, answer.text
        page = answer.json()[table] if form == "json" else _csv(public, address)
        found += page
        links = [part for part in answer.headers["link"].split(", ") if 'rel="next"' in part]
        address = links[0][1:].split(">")[0] if links else None
    assert len(found) == len(whole)
    if form == "json":
        assert found == whole


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/api/v1/hourly?from=2026-05-12T00:00:00Z&to=2026-05-11T00:00:00Z", 400),
        ("/api/v1/hourly?from=2026-01-01T00:00:00Z&to=2026-05-11T00:00:00Z", 400),
        ("/api/v1/readings?from=2024-01-01&to=2026-05-11&place=aaaaaaaaaaaaaaaa", 400),
        ("/api/v1/readings?from=1999-01-01", 422),
        ("/api/v1/readings?from=soon", 422),
        ("/api/v1/readings?after=nonsense", 400),
        ("/api/v1/readings?after=a~2026~1", 400),
        ("/api/v1/readings?after=a~2026-05-12T00:00:00~1", 400),
        ("/api/v1/readings?after=a~9999999999~1", 400),
        ("/api/v1/latest?property=co2", 422),
        ("/api/v1/latest?place=nowhere", 422),
        ("/api/v1/latest?kind=room", 422),
        ("/api/v1/latest?limit=0", 422),
        ("/api/v1/latest?format=xml", 422),
        ("/api/v1/latest?nothing=1", 422),
        ("/api/v1/places/%00", 404),
        ("/api/v1/nothing", 404),
    ],
)
def test_what_is_not_understood_is_refused(public: TestClient, address: str, status: int) -> None:
    """A wrong question gets a problem document that says what is wrong."""
    answer = public.get(address)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert len(answer.json()["detail"]) > 10


def test_a_day_before_now_is_the_usual_period(public: TestClient) -> None:
    """Without a period the last day is told; a time without an offset is one of UTC."""
    usual = public.get("/api/v1/hourly?limit=50000").json()["hourly"]
    told = public.get("/api/v1/hourly?limit=50000&from=2026-05-11T12:00&to=2026-05-12T12:00Z")
    assert usual == told.json()["hourly"] != []


def test_one_place(public: TestClient, open_ids: Mapping[str, str]) -> None:
    """A place is a feature with its licence."""
    document = public.get(f"/api/v1/places/{open_ids['South gate']}").json()
    assert document["geometry"] == {"type": "Point", "coordinates": [0.02, 51.5]}
    assert document["properties"]["properties"] == "pm10"
    assert "licence" in document


def test_formula_in_a_name_is_no_formula(open_borough: Borough) -> None:
    """A place that is named like a formula reaches a spreadsheet as a text."""
    attack = '=HYPERLINK("http://evil.example";"x")'
    open_borough.database.execute("update place set name = %s where name = 'Yard 1'", [attack])
    rows = _csv(open_borough.public, "/api/v1/places?kind=bay&format=csv")
    assert f"'{attack}" in {row["place"] for row in rows}
    assert all(not cell.startswith(("=", "+", "@")) for row in rows for cell in row.values())


def test_ratified_period(open_borough: Borough) -> None:
    """What somebody stands for is told as ratified, where the whole hour is; the rest is not."""
    database, client = open_borough.database, open_borough.public
    place = place_id(database, "East fence")
    checked = ratification.Stretch(place, "pm10", DAY, DAY.replace(hour=2, minute=30))
    assert ratification.ratify(database, checked, who="Ewan", at=MOVED)
    hours = client.get(f"/api/v1/hourly?{PERIOD}&place={place}").json()["hourly"]
    assert [row["status"] for row in hours][:4] == ["ratified"] * 2 + ["provisional"] * 2
    rows = client.get(f"/api/v1/readings?{PERIOD}&place={place}").json()["readings"]
    assert [row["status"] for row in rows].count("ratified") == 6
    found = client.get(
        "/sensorthings/v1.1/Observations/$count?$filter=parameters/status eq 'ratified'"
    )
    assert found.text == "6"


def test_value_that_is_no_number(open_borough: Borough) -> None:
    """A reading that JSON has no word for is told as missing."""
    at = DAY.replace(minute=10)
    store(open_borough.database, [reading(at, {"no2": float("nan")}, dev_eui=EUI(5))])
    period = "from=2026-05-12T00:05Z&to=2026-05-12T00:15Z"
    [row] = open_borough.public.get(f"/api/v1/readings?{period}&property=no2").json()["readings"]
    assert row["value"] is None
    condition = "phenomenonTime eq 2026-05-12T00:10:00Z"
    answer = open_borough.public.get(f"/sensorthings/v1.1/Observations?$filter={condition}")
    assert [entity["result"] for entity in answer.json()["value"]] == [None]
    assert csv_cell(float("inf")) is None
    assert json.dumps(json_row({"value": float("nan")})) == '{"value": null}'


def test_marks_are_read_as_they_were_written() -> None:
    """Where a table goes on is the same after it was in an address."""
    for time in (DAY, datetime(2026, 5, 12, 1, 2, 3, 456789, tzinfo=UTC)):
        mark = Mark("abc-pm2_5-external", time, 12)
        assert read_mark(write_mark(mark)) == mark

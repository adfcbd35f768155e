"""Answers that are tables: the same rows as JSON, GeoJSON, CSV or Parquet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from fastapi import HTTPException, Request
from fastapi.responses import Response

from storage.open_data import At, OpenHour, OpenReading
from web.api.columns import (
    TABLES,
    ParquetMissing,
    Row,
    json_row,
    write_csv,
    write_geojson,
    write_parquet,
)
from web.api.licence import base_address, instance, terms
from web.api.open_route import json_answer, page_headers
from web.api.questions import Format

_MEDIA = {
    Format.GEOJSON: "application/geo+json",
    Format.CSV: "text/csv; charset=utf-8",
    Format.PARQUET: "application/vnd.apache.parquet",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """A page of a table."""

    table: str
    """Its name in `web.api.columns.TABLES`"""
    rows: Sequence[Row]
    changed: datetime | None = None
    """The newest time in it"""
    after: str | None = None
    """Where the table goes on; None: it does not"""


def write(request: Request, answer: Answer, wanted: Format) -> Response:
    """Answer in the format that is wanted."""
    further = _further(request, answer.after)
    about = terms(request)
    if wanted is Format.JSON:
        rows = [json_row(row) for row in answer.rows]
        document = {**about, "next": further, answer.table: rows}
        return json_answer(document, changed=answer.changed, further=further)
    headers = page_headers(answer.changed, further)
    described = f'<{base_address(request)}/api/v1/dictionary>; rel="describedby"'
    headers["Link"] = f"{headers['Link']}, {described}" if "Link" in headers else described
    return Response(_body(answer, wanted, about), media_type=_MEDIA[wanted], headers=headers)


def _body(answer: Answer, wanted: Format, about: dict[str, str]) -> str | bytes:
    columns = TABLES[answer.table]
    if wanted is Format.GEOJSON:
        return write_geojson(answer.rows, about)
    if wanted is Format.CSV:
        return write_csv(columns, answer.rows)
    try:
        return write_parquet(columns, answer.rows, about)
    except ParquetMissing as error:
        raise HTTPException(501, f"{error}.") from error


def _further(request: Request, after: str | None) -> str | None:
    if after is None:
        return None
    kept = [pair for pair in request.query_params.multi_items() if pair[0] != "after"]
    query = urlencode([*kept, ("after", after)], safe="~:")
    return f"{base_address(request)}{request.url.path}?{query}"


def reading_row(request: Request, reading: OpenReading) -> Row:
    """Give a reading as a row."""
    return {
        **_at(reading.at),
        "time": reading.time,
        "value": reading.value,
        "quality": reading.quality,
        "status": reading.status,
        "instance": instance(request),
    }


def hour_row(request: Request, hour: OpenHour) -> Row:
    """Give an hourly mean as a row."""
    return {
        **_at(hour.at),
        "start": hour.start,
        "end": hour.end,
        "value": hour.mean,
        "minimum": hour.minimum,
        "maximum": hour.maximum,
        "count": hour.count,
        "expected": hour.expected,
        "valid": hour.valid,
        "quality": 1 if hour.valid else 3,
        "status": hour.status,
        "instance": instance(request),
    }


def _at(at: At) -> Row:
    return {
        "place_id": at.place_id,
        "place": at.place,
        "kind": at.kind,
        "area": at.area,
        "latitude": at.latitude,
        "longitude": at.longitude,
        "property": at.property,
        "channel": at.channel,
        "unit": at.unit,
    }

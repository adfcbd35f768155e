"""One device: is it heard, and how well; where was it, and what does it say?"""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from storage import pages_devices, pages_hours
from storage.pages_devices import Device, DeviceSeries, Frame, Stay
from storage.pages_hours import Hours
from web import privacy, why_silent, wording
from web.charts import Chart, Line
from web.clock import Now
from web.frames import Loss, loss, missed
from web.identity import Area
from web.paging import ROWS
from web.periods import CHOICES, Period
from web.read_log import Logged
from web.series_views import coarse, days, line
from web.session import Database, reader_of
from web.tables import Column, Link, Table
from web.views import view
from web.watching import Seen, Watch, watched_by_readers

router = APIRouter(include_in_schema=False, dependencies=[Depends(reader_of(Area.ENGINEERING))])
WATCHES = (
    Watch(
        "/engineering/devices/([0-9a-f]{16})",
        watched_by_readers(Area.ENGINEERING),
        lambda connection, address: pages_devices.last_seen(connection, address[1]),
        "The device was heard again.",
    ),
)
_CRUMBS = [
    {"text": "Engineering", "href": "/engineering"},
    {"text": "Devices", "href": "/engineering/devices"},
]


class Shown(BaseModel):
    """What of a device is drawn, as the address says."""

    period: Period = Period.WEEK
    measured: str = Field(default="", max_length=60)
    """The property, and behind a slash the channel"""


@router.get("/engineering/devices/{dev_eui}")
def device(  # noqa: PLR0913, PLR0917 - each is a part of the request
    request: Request,
    database: Database,
    seen: Seen,
    now: Now,
    log: Logged,
    dev_eui: str,
    shown: Annotated[Shown, Query()],
) -> Response:
    """Show where a device was, what it says, and which of its frames came."""
    found = pages_devices.device(database, dev_eui)
    if found is None:
        raise HTTPException(404, "No device of this dev_eui was ever heard.")
    log.device(dev_eui)
    stays = pages_devices.stays(database, dev_eui)
    home = privacy.is_home(stays, found.environment)
    series = [
        each
        for each in pages_devices.series(database, found.id)
        if not home or each.observed_property in privacy.OF_THE_DEVICE
    ]
    frames = pages_devices.frames(database, found.id)
    silent = why_silent.silent_among(database, [dev_eui], now).get(dev_eui)
    drawn = _drawn(series, shown.measured)
    since, until = shown.period.hours(now)
    hours = pages_hours.of_series(database, [drawn.id], since, until)[drawn.id] if drawn else {}
    return view(
        request,
        "device.html",
        title="Is the device heard, and how well?",
        crumbs=_CRUMBS,
        tables=[
            _stays_table(stays),
            _series_table(series),
            _frames_table(frames),
            _numbers_table(hours, shown.period, now),
        ],
        live=seen,
        device=found,
        home=home,
        sentence=_heard(found, loss(frames), now),
        silent=why_silent.sentence(silent) if silent else "",
        period=shown.period,
        choices=CHOICES,
        measured=[(_name(each), _name(each)) for each in series],
        drawn=_name(drawn) if drawn else None,
        picture=_chart(drawn, hours, shown.period, now) if drawn else None,
    )


def _heard(found: Device, lost: Loss, now: datetime) -> str:
    said = (
        f"{found.name or found.dev_eui} was last heard "
        f"{wording.span(now - found.last_seen_at)} ago, and is expected every "
        f"{wording.span(found.reporting_interval)}"
    )
    if lost.share is None:
        return f"{said}."
    frames = wording.plural(lost.received, "frame")
    return f"{said}; beside its last {frames}, {lost.lost} were lost ({lost.share:.1f} %)."


def _name(series: DeviceSeries) -> str:
    if not series.channel:
        return series.observed_property
    return f"{series.observed_property}/{series.channel}"


def _drawn(series: Sequence[DeviceSeries], measured: str) -> DeviceSeries | None:
    named = [each for each in series if _name(each) == measured]
    first = [each for each in series if each.observed_property not in privacy.OF_THE_DEVICE]
    return next(iter([*named, *first, *series]), None)


def _stays_table(stays: Sequence[Stay]) -> Table:
    return Table(
        "places",
        "Where it was",
        [Column("Place"), Column("From"), Column("Until", nothing="now")],
        [
            (privacy.place_words(stay.kind, stay.place, stay.within), stay.from_at, stay.to_at)
            for stay in stays
        ],
        nothing="It is installed nowhere.",
    )


def _series_table(series: Sequence[DeviceSeries]) -> Table:
    return Table(
        "newest",
        "Newest values",
        [
            Column("Property"),
            Column("Value", nothing="no reading"),
            Column("Measured", nothing="never"),
            Column("Quality"),
        ],
        [
            (
                _name(each),
                None if each.result is None else f"{each.result:g} {wording.unit(each.unit)}",
                each.time,
                wording.quality(each.quality),
            )
            for each in series
        ],
        nothing="It has measured nothing.",
    )


def _frames_table(frames: Sequence[Frame]) -> Table:
    before = [*frames[1:], None][: len(frames)]
    return Table(
        "frames",
        "Newest frames",
        [
            Column("Sent"),
            Column("f_cnt", digits=0),
            Column("Lost before", digits=0),
            Column("f_port", digits=0),
            Column("Size", "bytes", digits=0),
            Column("Gateways", digits=0),
            Column("Best RSSI", "dBm", digits=0, nothing="not known"),
        ],
        [
            (
                Link(
                    frame.result_time or frame.received_at,
                    f"/engineering/uplinks/{frame.deduplication_id}"
                    f"?received={wording.address_time(frame.received_at)}",
                ),
                frame.f_cnt,
                missed(earlier, frame) if earlier else None,
                frame.f_port,
                frame.size,
                len(frame.receptions),
                frame.best_rssi,
            )
            for frame, earlier in list(zip(frames, before, strict=True))[:ROWS]
        ],
        nothing="No frame is stored.",
        wide=True,
    )


def _chart(drawn: DeviceSeries, hours: Hours, period: Period, now: datetime) -> Chart:
    since, until = period.hours(now)
    points = line(hours, since, until)
    if period is Period.MONTH:
        points = coarse(points, 6)
    return Chart(
        title=f"Hourly means of {_name(drawn)}, last {period.words}",
        unit=wording.unit(drawn.unit),
        lines=[Line(_name(drawn), points)],
        start=since,
        end=until,
    )


def _numbers_table(hours: Hours, period: Period, now: datetime) -> Table:
    """Give the numbers of the chart: of hours, or of days when there are too many hours."""
    if period is Period.MONTH:
        return Table(
            "numbers",
            "Means by the day",
            [Column("Day"), *_DAILY],
            [
                (f"{day.day:%a %d %b %Y}", day.mean, day.highest, day.valid, day.hours)
                for day in days(hours, *period.hours(now))
            ],
            wide=True,
        )
    return Table(
        "numbers",
        "Means by the hour",
        [Column("Hour"), *_HOURLY],
        [
            (hour.start, hour.value, hour.minimum, hour.maximum, hour.count, hour.expected)
            for _, hour in sorted(hours.items(), reverse=True)
        ],
        nothing="No hour of this time has a reading.",
        wide=True,
    )


_DAILY = (
    Column("Mean", digits=1, nothing="not enough"),
    Column("Highest hour", digits=1, nothing="no valid hour"),
    Column("Valid hours", digits=0),
    Column("Hours", digits=0),
)
_HOURLY = (
    Column("Mean", digits=1, nothing="not enough"),
    Column("Lowest", digits=1),
    Column("Highest", digits=1),
    Column("Readings", digits=0),
    Column("Expected", digits=0),
)

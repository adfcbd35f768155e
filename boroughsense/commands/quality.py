"""`quality`: the flags of a device's readings, test by test."""

import math
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from boroughsense import options
from boroughsense.commands.calibrations import ActorOption, actor
from boroughsense.commands.decoders import JsonOption
from boroughsense.commands.storage import DatabaseOption, connected

if TYPE_CHECKING:
    from alerts.quality_series import Flags
    from storage.quality import TestedSeries

_TESTS = (
    *("range", "spike", "rate", "flat", "gap"),
    *("attenuated", "multivariate", "neighbour"),
)
_WORDS = {1: "good", 2: "unknown", 3: "suspect", 4: "fail", 9: "missing"}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(quality)


def quality(  # noqa: PLR0913 - each is an option of the command
    device: Annotated[str, typer.Argument(help="Its dev_eui.")],
    *,
    since: Annotated[
        str, typer.Option("--from", help="A time (2026-11-24T08:00Z), or how long ago (7d).")
    ] = "7d",
    until: Annotated[str, typer.Option("--to", help="The same.")] = "0s",
    observed: Annotated[
        list[str] | None, typer.Option("--property", help="Only this observed property.")
    ] = None,
    most: Annotated[int, typer.Option(min=0, help="The most readings listed.")] = 100,
    by: ActorOption = None,
    database_url: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Test a device's readings by QARTOD: range, spike, rate of change, flat line, gap and others.

    Readings that a test finds suspect or failed are listed, the oldest first. The flags are worked
    out of what is stored; no reading is changed by them, and one that fails counts in no mean. The
    audit of a home says who read it.
    """
    from storage import audit
    from storage import quality as stored

    start, end = options.moment(since), options.moment(until)
    settings = options.settings(database_url=database_url)
    with connected(settings) as connection:
        audit.home_of_device_read(connection, actor(by), device.lower(), at=datetime.now(UTC))
        found = [
            (each, list(stored.flags(connection, each, start, end, settings.quality_settings())))
            for each in stored.series(connection, device.lower(), start, end)
            if not observed or each.observed_property in observed
        ]
    if not found:
        options.fail(f"no device {device} has such readings")
    if as_json:
        series = [_document(each, flags, most) for each, flags in found]
        options.answer({"dev_eui": device.lower(), "series": series})
    else:
        for each, flags in found:
            _show(each, flags, most)


def _document(series: "TestedSeries", flags: "Sequence[Flags]", most: int) -> dict[str, object]:
    return {
        "property": series.observed_property,
        "channel": series.channel,
        "unit": series.unit,
        "interval": series.interval.total_seconds(),
        "readings": len(flags),
        "tests": {
            name: _counted([getattr(each, name) for each in flags]) for name in (*_TESTS, "quality")
        },
        "flagged": _flagged(flags, most),
    }


def _counted(flags: Sequence[int]) -> dict[str, int]:
    return {_WORDS[flag]: number for flag, number in sorted(Counter(flags).items())}


def _flagged(flags: "Sequence[Flags]", most: int) -> list[dict[str, object]]:
    return [_row(each) for each in flags if _stands_out(each)][:most]


def _stands_out(each: "Flags") -> bool:
    return any(getattr(each, name) in {3, 4, 9} for name in _TESTS)


def _row(each: "Flags") -> dict[str, object]:
    value = each.reading.value
    return {
        "time": options.clock(each.reading.time),
        "value": value if math.isfinite(value) else None,
        **{name: getattr(each, name) for name in (*_TESTS, "quality")},
    }


def _show(series: "TestedSeries", flags: "Sequence[Flags]", most: int) -> None:
    name = f"{series.observed_property} {series.channel}".rstrip()
    typer.echo(f"{name}: {len(flags)} readings, {series.unit}")
    for test in (*_TESTS, "quality"):
        counts = _counted([getattr(each, test) for each in flags])
        told = ", ".join(f"{number} {word}" for word, number in counts.items())
        typer.echo(f"  {test}: {told or 'nothing'}")
    if flagged := _flagged(flags, most):
        options.table(flagged, ("time", "value", *_TESTS, "quality"))

"""What decoding stored uplinks again changes, written in bounded transactions.

Observations come first; then the uplinks are said to be read by the codec of now. Whoever is
stopped on the way finds the rest of both again: an uplink is done when it is said to be.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from decoders.model import Environment
from storage import occupancy
from storage.connection import Connection, translated
from storage.devices import Registry
from storage.packing import clean, to_json
from storage.partitions import Partitions, week
from storage.queries import SQL
from storage.redecoding import Key, StoredUplink, Value

PORTION = 5000
"""Observations, or uplinks, that one transaction changes"""


@dataclass(frozen=True, slots=True)
class Change:
    """An observation that is not what it was."""

    device: int
    key: Key
    value: Value | None
    """None: it goes away"""


@dataclass(frozen=True, slots=True)
class Decoded:
    """An uplink with what it is read by now."""

    stored: StoredUplink
    device: int
    codec: str
    codec_version: str
    warnings: tuple[str, ...]
    gives: tuple[Key, ...] = ()
    """The observations whose hours are to be computed and judged again though their values may be
    as they were: by another codec the device may report more often, or measure elsewhere"""


@dataclass(frozen=True, slots=True)
class Description:
    """What a device is by the codec of its newest uplink."""

    device: int
    time: datetime
    """When the uplink was sent; a newer one knows better"""
    codec: str
    environment: Environment
    reporting_interval: timedelta


class Changes:
    """Writes what changes, a bounded transaction after another.

    Args:
        connection: to the database.

    Raises:
        DatabaseUnavailable: from all that is written here; what was committed stays so.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._partitions = Partitions(connection)
        with translated():
            self._registry = Registry(connection)

    def observations(self, changes: Sequence[Change], at: datetime) -> None:
        """Change observations and mark their hours; nobody is told of what was known by then."""
        for start in range(0, len(changes), PORTION):
            portion = changes[start : start + PORTION]
            put = {week(each.key.time) for each in portion if each.value is not None}
            self._partitions.ensure("observation", put)
            with self._transaction({each.device for each in portion}, at):
                self._change(portion)

    def uplinks(
        self, decoded: Sequence[Decoded], descriptions: Sequence[Description], at: datetime
    ) -> None:
        """Say what uplinks are read by now; have their hours computed and judged again."""
        for start in range(0, len(decoded), PORTION):
            portion = decoded[start : start + PORTION]
            with self._transaction({each.device for each in portion}, at):
                self._connection.execute(SQL["redecode_describe"], _described(descriptions))
                self._connection.execute(SQL["redecode_codecs"], _codecs(portion))
                self._mark(portion)

    @contextmanager
    def _transaction(self, numbers: Collection[int], at: datetime) -> Iterator[None]:
        """Hold off evaluators and writers, in this order, and say of whom nothing is told."""
        with translated(), self._connection.transaction():
            self._connection.execute(SQL["redecode_begin"])
            self._connection.execute(SQL["write_alone"])
            told = {"devices": sorted(numbers), "at": at}
            self._connection.execute(SQL["redecode_quiet"], told)
            yield
        self._registry.keep()

    def _change(self, changes: Sequence[Change]) -> None:
        series = self._series((each.device, each.key) for each in changes)
        gone = [each for each in changes if each.value is None]
        put = [(each, each.value) for each in changes if each.value is not None]
        self._connection.execute(
            SQL["redecode_remove"],
            {
                "series": [series[each.device, each.key] for each in gone],
                "times": [each.key.time for each in gone],
            },
        )
        self._connection.execute(
            SQL["redecode_put"],
            {
                "series": [series[each.device, each.key] for each, _ in put],
                "times": [each.key.time for each, _ in put],
                "results": [result for _, (result, _) in put],
                "qualities": [quality for _, (_, quality) in put],
            },
        )
        touched = {"series": sorted(set(series.values()))}
        self._connection.execute(SQL["redecode_latest_clear"], touched)
        self._connection.execute(SQL["redecode_latest"], touched)
        occupancy.derive(
            self._connection,
            [
                (number, key.time)
                for (_, key), number in series.items()
                if key.observed_property == occupancy.DISTANCE
            ],
        )

    def _series(self, keys: Iterable[tuple[int, Key]]) -> dict[tuple[int, Key], int]:
        """Give the numbers of the series that observations belong to."""
        full = {
            (device, key): (device, key.channel, self._registry.properties[key.observed_property])
            for device, key in keys
        }
        numbers = self._registry.series(set(full.values()))
        return {each: numbers[series] for each, series in full.items()}

    def _mark(self, decoded: Sequence[Decoded]) -> None:
        marked = [each for each in decoded if each.gives]
        series = self._series((each.device, key) for each in marked for key in each.gives)
        hours = {(number, _hour(key.time)) for (_, key), number in series.items()}
        self._connection.execute(
            SQL["redecode_mark_hours"],
            {"series": [number for number, _ in hours], "hours": [hour for _, hour in hours]},
        )
        heard = {(each.device, _hour(each.stored.time)) for each in marked}
        self._connection.execute(
            SQL["redecode_mark_activity"],
            {"devices": [device for device, _ in heard], "hours": [hour for _, hour in heard]},
        )
        first: dict[int, datetime] = {}
        for device, key in series:
            hour = _hour(key.time)
            first[device] = min(first.get(device, hour), hour)
        again = {"devices": list(first), "hours": list(first.values())}
        self._connection.execute(SQL["redecode_judge"], again)


def _hour(time: datetime) -> datetime:
    return time.replace(minute=0, second=0, microsecond=0)


def _described(descriptions: Sequence[Description]) -> dict[str, object]:
    return {
        "devices": [each.device for each in descriptions],
        "times": [each.time for each in descriptions],
        "codecs": [each.codec for each in descriptions],
        "environments": [each.environment.value for each in descriptions],
        "intervals": [each.reporting_interval for each in descriptions],
    }


def _codecs(decoded: Sequence[Decoded]) -> dict[str, object]:
    return {
        "devices": sorted({each.device for each in decoded}),
        "since": min(each.stored.received_at for each in decoded),
        "until": max(each.stored.received_at for each in decoded),
        "received": [each.stored.received_at for each in decoded],
        "ids": [each.stored.uplink.deduplication_id for each in decoded],
        "sources": [each.stored.uplink.source for each in decoded],
        "codecs": [clean(each.codec) for each in decoded],
        "versions": [clean(each.codec_version) for each in decoded],
        "warnings": [to_json([clean(word) for word in each.warnings]).decode() for each in decoded],
    }

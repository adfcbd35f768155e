"""Decode stored uplinks again by the codecs of now: show what changes, or change it.

    devices   of which there are uplinks, in groups small enough to be held in memory
    read      each uplink by the codec of then and by the one of now     rereading
    compare   with what is stored, and what other uplinks give as well   redecoding_sheet
    change    observations, then what uplinks are said to be read by     storage.redecoding_changes

Means and episodes follow, since the evaluator works on what is stored alone. Nobody is told of
what comes of it. It may be stopped anywhere and run again, and changes nothing the second time.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from decoders.clock import AHEAD, OLDEST
from ingest.pipeline import Policy
from ingest.redecoding_report import Report
from ingest.redecoding_sheet import Difference, Sheet
from ingest.rereading import Reader, Then
from storage import redecoding, schedules
from storage.connection import Connection
from storage.instance import Mode
from storage.partitions import EARLIEST, LATEST
from storage.redecoding import Device, Key, StoredUplink, Stretch, Value
from storage.redecoding_changes import Change, Changes

STAGE = 40_000
"""Uplinks that are held in memory at a time"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which uplinks are decoded again, and how."""

    since: datetime
    until: datetime
    """Sent up to this time, and without it"""
    model: str = ""
    """Only those that were read by this model, or would be now"""
    dev_eui: str = ""
    """Only those of this device"""
    by: str = ""
    """Read by this model, whatever their devices are bound to"""

    def document(self) -> dict[str, str]:
        """Give it as it is written down."""
        return {
            "since": self.since.isoformat(),
            "until": self.until.isoformat(),
            "model": self.model,
            "dev_eui": self.dev_eui,
            "as": self.by,
        }


def redecode(  # noqa: PLR0913 - each is told apart by its name
    connection: Connection,
    wanted: Wanted,
    policy: Policy,
    *,
    actor: str = "",
    dry_run: bool = False,
    wall: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Iterator[Report]:
    """Decode uplinks again, device by device; each report is of what is done already.

    Args:
        connection: to the database.
        wanted: which uplinks.
        policy: the codecs of now, and how devices are bound to them.
        actor: who wants it, to be written down.
        dry_run: change nothing.
        wall: the clock of a live instance.

    Raises:
        UnknownDevice: a model that is asked for is not one, or no uplink was read by it.
        AlreadyDecoding: somebody else is at it.
        DatabaseUnavailable: what was reported is done; run it again for the rest.
    """
    reader = Reader(policy, wanted.by)
    with redecoding.alone(connection):
        run = _Run(connection, wanted, policy, reader, wall)
        devices = run.devices()
        if dry_run:
            yield from run.reports(devices, None)
            return
        number = redecoding.begin_run(
            connection, actor, wanted.document(), sum(device.uplinks for device in devices)
        )
        counts: Counter[str] = Counter(uplinks=0, added=0, removed=0, changed=0)
        for report in run.reports(devices, Changes(connection)):
            counts.update({kind: report.total(kind) for kind in ("added", "removed", "changed")})
            counts["uplinks"] += report.uplinks
            redecoding.note_run(connection, number, counts, done=False)
            yield report
        redecoding.note_run(connection, number, counts, done=True)


class _Run:
    """One go through what is wanted."""

    def __init__(
        self,
        connection: Connection,
        wanted: Wanted,
        policy: Policy,
        reader: Reader,
        wall: Callable[[], datetime],
    ) -> None:
        self._connection = connection
        self._wanted = wanted
        self._policy = policy
        self._reader = reader
        self._wall = wall
        self._bound: dict[int, str] = {}
        """Model by device, where it decides whether an uplink is wanted"""

    def devices(self) -> list[Device]:
        """List the devices of which uplinks are wanted; UnknownDevice for a model that is none."""
        wanted = self._wanted
        listed = redecoding.devices(
            self._connection,
            self._stretch(wanted.since, wanted.until),
            dev_eui=wanted.dev_eui,
            codec=wanted.model,
        )
        if not wanted.model:
            return listed
        if not any(device.read_by for device in listed):
            self._policy.codecs.codec(wanted.model)
        if not wanted.by:
            self._bound = {device.id: self._reader.bound(device) for device in listed}
        return [
            device
            for device in listed
            if device.read_by or self._bound.get(device.id) == wanted.model
        ]

    def reports(self, devices: Sequence[Device], changes: Changes | None) -> Iterator[Report]:
        """Go through devices; without `changes` nothing is changed."""
        group: list[Device] = []
        for device in devices:
            if group and sum(each.uplinks for each in group) + device.uplinks > STAGE:
                yield from self._reports(group, changes)
                group = []
            group.append(device)
        if group:
            yield from self._reports(group, changes)

    def _reports(self, group: Sequence[Device], changes: Changes | None) -> Iterator[Report]:
        reports = {device.id: Report(device.dev_eui) for device in group}
        for since, until in _pieces(group, self._wanted):
            stage = _Stage(
                self._connection, self._stretch(since, until), {each.id: each for each in group}
            )
            self._fill(stage, is_dry=changes is None)
            differences = stage.differences()
            for number, difference in differences.items():
                there = stage.there.get(number, {})
                reports[number].count(stage.sheets[number], difference, there)
            if changes:
                self._change(changes, stage, differences)
        yield from (report for report in reports.values() if report.uplinks)

    def _stretch(self, since: datetime, until: datetime) -> Stretch:
        """Give a stretch; a live instance has no uplink that was sent long after it came."""
        is_live = self._policy.mode is Mode.LIVE
        return Stretch(since, until, since - AHEAD if is_live else EARLIEST)

    def _fill(self, stage: "_Stage", *, is_dry: bool) -> None:
        """Read the uplinks of a stage, and those beside it that may give the same."""
        for device, stored in redecoding.uplinks(self._connection, stage.devices, stage.stretch):
            sheet = stage.sheets[device.id]
            if self._is_wanted(stored, device):
                sheet.read(stored, *self._reader.read(stored))
            else:
                sheet.stay(stored, self._reader.then(stored))
        stage.look()
        doubtful = {n: each.doubtful for n, each in stage.differences().items() if each.doubtful}
        for stretch, numbers in self._beside(stage, doubtful):
            devices = {number: stage.devices[number] for number in numbers}
            for device, stored in redecoding.uplinks(self._connection, devices, stretch):
                then = self._beforehand(stored, device) if is_dry else self._reader.then(stored)
                stage.sheets[device.id].stay(stored, then, doubtful[device.id])

    def _beside(
        self, stage: "_Stage", doubtful: Mapping[int, set[Key]]
    ) -> Iterator[tuple[Stretch, list[int]]]:
        """Give where uplinks beside a stage may give what seems to change, and of which devices."""
        since, until = stage.stretch.since, stage.stretch.until
        first = {number: min(key.time for key in keys) for number, keys in doubtful.items()}
        last = {number: max(key.time for key in keys) for number, keys in doubtful.items()}
        before = [number for number in doubtful if first[number] < since + AHEAD]
        if before:
            yield self._stretch(min(first[number] for number in before) - AHEAD, since), before
        after = [number for number in doubtful if stage.devices[number].last_seen_at >= until]
        if after:
            yield self._stretch(until, max(last[number] for number in after) + OLDEST), after

    def _beforehand(self, stored: StoredUplink, device: Device) -> Then:
        """Give what an uplink beside a stage gives once the stages before are written."""
        is_inside = self._wanted.since <= stored.time < self._wanted.until
        if is_inside and self._is_wanted(stored, device):
            then, now = self._reader.read(stored)
            return then if now.is_kept else Then(now.gives)
        return self._reader.then(stored)

    def _is_wanted(self, stored: StoredUplink, device: Device) -> bool:
        model = self._wanted.model
        return model in {"", stored.codec, self._bound.get(device.id)}

    def _change(
        self, changes: Changes, stage: "_Stage", differences: Mapping[int, Difference]
    ) -> None:
        wanted = [
            Change(number, key, value)
            for number, difference in differences.items()
            for key, value in sorted(
                [*difference.put.items(), *((key, None) for key in difference.removed)],
                key=lambda change: change[0].time,
            )
        ]
        changes.observations(wanted, self._clock())
        decoded = [each for sheet in stage.sheets.values() for each in sheet.decoded]
        described = [sheet.description for sheet in stage.sheets.values() if sheet.decoded]
        changes.uplinks(decoded, [each for each in described if each], self._clock())

    def _clock(self) -> datetime:
        if self._policy.mode is Mode.LIVE:
            return self._wall()
        return schedules.newest_reading(self._connection) or self._wall()


class _Stage:
    """Some devices' uplinks of a stretch of time, as many as memory holds."""

    def __init__(
        self, connection: Connection, stretch: Stretch, devices: Mapping[int, Device]
    ) -> None:
        self._connection = connection
        self.stretch = stretch
        self.devices = devices
        self.sheets = {number: Sheet(device) for number, device in devices.items()}
        self.there: dict[int, dict[Key, Value]] = {}
        self._whole_since: dict[int, datetime] = {}

    def look(self) -> None:
        """Read what is stored where something can change."""
        read = {number: sheet for number, sheet in self.sheets.items() if sheet.times}
        self.there = redecoding.values(
            self._connection, {number: sheet.span for number, sheet in read.items()}
        )
        searching = [number for number, sheet in read.items() if sheet.is_searching]
        if searching:
            for number, time in redecoding.earliest(self._connection, searching).items():
                is_whole = time <= self.devices[number].first_seen_at
                self._whole_since[number] = EARLIEST if is_whole else time + AHEAD

    def differences(self) -> dict[int, Difference]:
        """Say what changes, by device."""
        return {
            number: sheet.difference(
                self.there.get(number, {}), self._whole_since.get(number, LATEST)
            )
            for number, sheet in self.sheets.items()
        }


def _pieces(group: Sequence[Device], wanted: Wanted) -> Iterator[tuple[datetime, datetime]]:
    """Split the time that is wanted where a device has more uplinks in it than memory holds."""
    pieces = math.ceil(sum(device.uplinks for device in group) / STAGE)
    first = min(device.first for device in group)
    step = (max(device.last for device in group) - first) / pieces
    bounds = [first + n * step for n in range(1, pieces)]
    yield from zip([wanted.since, *bounds], [*bounds, wanted.until], strict=True)

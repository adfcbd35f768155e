"""Read stored payloads again by the codecs of now: show what changes, or change it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from decoders.chosen import Chosen
from decoders.errors import UnknownDevice
from decoders.registry import Registry
from ingest.pipeline import Policy, check
from storage import redecoding
from storage.connection import Connection
from storage.model import Arrival, RefusalRecord, UplinkRecord
from storage.redecoding import PORTION, Device, Difference, Key, Selection, StoredUplink

HISTORY = timedelta(days=90)
"""A record in an uplink is at most so old (network server's reference rule for device clocks)"""
_EXAMPLES = 5


@dataclass(slots=True)
class Report:
    """What reading a device's uplinks again changes."""

    dev_eui: str
    uplinks: int = 0
    refused: int = 0
    """Those that the codec of now cannot read: what they gave stays"""
    added: int = 0
    removed: int = 0
    changed: int = 0
    properties: set[str] = field(default_factory=set)
    examples: list[str] = field(default_factory=list)

    def document(self) -> dict[str, object]:
        """Give it as JSON has it."""
        return {
            "dev_eui": self.dev_eui,
            "uplinks": self.uplinks,
            "refused": self.refused,
            "added": self.added,
            "removed": self.removed,
            "changed": self.changed,
            "properties": sorted(self.properties),
            "examples": self.examples,
        }


def redecode(
    connection: Connection,
    selection: Selection,
    policy: Policy,
    *,
    model: str = "",
    dry_run: bool = False,
) -> Iterator[Report]:
    """Read the selected uplinks again, device by device.

    Args:
        connection: to the database.
        selection: which uplinks.
        policy: the codecs of now, and how devices are bound to them.
        model: read by this one, whatever the device is bound to.
        dry_run: change nothing.

    Raises:
        UnknownDevice: no codec has the name `model`.
    """
    codecs = Chosen(policy.codecs.codec(model)) if model else policy.codecs
    for device in redecoding.devices(connection, selection):
        again = _Again(connection, device, selection, policy, codecs)
        yield again.run(dry_run=dry_run)


class _Again:
    """One device's uplinks, read again."""

    def __init__(
        self,
        connection: Connection,
        device: Device,
        selection: Selection,
        policy: Policy,
        codecs: Registry,
    ) -> None:
        self._connection = connection
        self._device = device
        self._selection = selection
        self._policy = policy
        self._now = replace(policy, codecs=codecs)
        self._report = Report(device.dev_eui)

    def run(self, *, dry_run: bool) -> Report:
        """Go through the uplinks in portions, each in a transaction of its own."""
        last: StoredUplink | None = None
        while portion := redecoding.uplinks(
            self._connection, self._device, self._selection.since, self._selection.until, last
        ):
            last = portion[-1]
            self._portion([each for each in portion if self._is_selected(each)], dry_run=dry_run)
            if len(portion) < PORTION:
                break
        return self._report

    def _is_selected(self, stored: StoredUplink) -> bool:
        return self._selection.codec in {"", stored.codec}

    def _portion(self, selected: Sequence[StoredUplink], *, dry_run: bool) -> None:
        read = [(stored, _read(stored, self._now)) for stored in selected]
        good = [(stored, found) for stored, found in read if isinstance(found, UplinkRecord)]
        self._report.uplinks += len(read)
        self._report.refused += len(read) - len(good)
        if not good:
            return
        records = [found for _, found in good]
        now = redecoding.values_of(records)
        theirs = self._gave([stored for stored, _ in good])
        times = {key.time for key in (*now, *theirs)} | {stored.time for stored, _ in good}
        there = redecoding.stored_values(self._connection, self._device, times)
        theirs |= self._at_their_time(good, there)
        difference = redecoding.compare(there, theirs, now)
        if difference.removed:
            kept = self._others({stored.uplink.deduplication_id for stored in selected})
            difference = replace(difference, removed=difference.removed - kept)
        self._count(difference)
        if not dry_run:
            redecoding.change(self._connection, self._device, difference, records)

    def _gave(self, portion: Sequence[StoredUplink]) -> set[Key]:
        """Give what uplinks gave by the codecs that they were stored with, as far as there are."""
        known = [(stored, self._as_stored(stored)) for stored in portion]
        return set(
            redecoding.values_of(found for _, found in known if isinstance(found, UplinkRecord))
        )

    def _as_stored(self, stored: StoredUplink) -> UplinkRecord | RefusalRecord | None:
        try:
            codec = self._policy.codecs.codec(stored.codec)
        except UnknownDevice:
            return None
        return _read(stored, replace(self._policy, codecs=Chosen(codec)))

    def _at_their_time(
        self, good: Sequence[tuple[StoredUplink, UplinkRecord]], there: redecoding.Values
    ) -> set[Key]:
        """Give what stands at the times of uplinks whose codec of then is no more, or another."""
        lost = {
            stored.time
            for stored, found in good
            if (stored.codec, stored.codec_version) != (found.codec, found.codec_version)
        }
        return {key for key in there if key.time in lost}

    def _others(self, ids: set[str]) -> set[Key]:
        """Give what other uplinks of the device give, in the time in which they may."""
        since, until = self._selection.since - HISTORY, self._selection.until + HISTORY
        found: set[Key] = set()
        last: StoredUplink | None = None
        while portion := redecoding.uplinks(self._connection, self._device, since, until, last):
            last = portion[-1]
            found |= self._gave(
                [
                    stored
                    for stored in portion
                    if stored.uplink.deduplication_id not in ids and not self._will_be_read(stored)
                ]
            )
            if len(portion) < PORTION:
                break
        return found

    def _will_be_read(self, stored: StoredUplink) -> bool:
        """Say whether an uplink is read again, too: then what it gives now is put, not kept."""
        inside = self._selection.since <= stored.time < self._selection.until
        return inside and self._is_selected(stored)

    def _count(self, difference: Difference) -> None:
        report = self._report
        report.added += difference.added
        report.changed += difference.changed
        report.removed += len(difference.removed)
        report.properties |= {k.observed_property for k in (*difference.put, *difference.removed)}
        for key, (result, _) in difference.put.items():
            if len(report.examples) < _EXAMPLES:
                at = key.time.isoformat()
                report.examples.append(f"{key.observed_property} at {at} becomes {result:g}")
        for key in sorted(difference.removed):
            if len(report.examples) < _EXAMPLES:
                at = key.time.isoformat()
                report.examples.append(f"{key.observed_property} at {at} goes away")


def _read(stored: StoredUplink, policy: Policy) -> UplinkRecord | RefusalRecord:
    """Read an uplink as the pipeline does."""
    arrival = Arrival("", b"", stored.received_at)
    decoded = policy.codecs.decode(stored.uplink, policy.bindings)
    record = check(decoded, arrival, policy)
    assert isinstance(record, UplinkRecord | RefusalRecord)  # noqa: S101 - an uplink is one of them
    return record

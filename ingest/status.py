"""What the service tells of itself while it works: is it alive, ready, and how much it did."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from time import time

from alerts.intervals import lateness
from ingest.device_watch import DeviceWatch
from ingest.exposition import Counter, Gauge, Histogram, Metric, render
from ingest.session import Delivery
from storage.model import Record, Tally, UplinkRecord

_SIZES = (1, 10, 50, 100, 250, 500, 1000, 2500, 5000)
_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0, 600.0)

Check = Callable[[], str]
"""Says in a few words what is wrong; empty when nothing is."""


class Status:
    """Counts, gauges and checks of one service."""

    def __init__(self) -> None:
        self._messages = Counter(
            "boroughsense_messages_total", "Messages by what became of them, and why refused."
        )
        self._late = Counter(
            "boroughsense_late_uplinks_total",
            "Uplinks that came later than an hour waits for its device.",
        )
        self._logs = Counter(
            "boroughsense_device_logs_total",
            "Logs of the network server about devices, by code; other: those that need nobody.",
        )
        self._devices = DeviceWatch()
        self._batches = Histogram(
            "boroughsense_batch_messages", "Messages stored in one transaction.", _SIZES
        )
        self._storing = Histogram(
            "boroughsense_store_seconds", "How long it took to store a batch.", _SECONDS
        )
        self._waiting = Histogram(
            "boroughsense_acknowledgement_seconds",
            "How long the oldest message of a batch waited for its acknowledgement.",
            _SECONDS,
        )
        self._gauges: list[Gauge] = []
        self._checks: dict[str, Check] = {}
        self._remarks: dict[str, Check] = {}
        self._is_alive: Callable[[], bool] = lambda: True
        self._committed: float | None = None
        self._dropped: int | None = None
        self.gauge(
            "boroughsense_last_commit_timestamp_seconds",
            "When a batch was stored last.",
            lambda: self._committed,
        )
        self.gauge(
            "boroughsense_broker_dropped_messages",
            "What the broker says it has dropped at full queues.",
            lambda: self._dropped,
        )

    def gauge(self, name: str, told: str, read: Callable[[], float | None]) -> None:
        """Add a number that is asked for when somebody reads it."""
        self._gauges.append(Gauge(name, told, read))

    def check(self, name: str, check: Check) -> None:
        """Add what must be well for the service to be ready."""
        self._checks[name] = check

    def remark(self, name: str, remark: Check) -> None:
        """Add what may need a person though the service is ready."""
        self._remarks[name] = remark

    def alive_when(self, is_alive: Callable[[], bool]) -> None:
        """Say how to find out whether the service works at all."""
        self._is_alive = is_alive

    @property
    def is_alive(self) -> bool:
        """Whether the service works; if not, only a new process helps."""
        return self._is_alive()

    def problems(self) -> dict[str, str]:
        """Give what keeps the service from being ready, by name; empty when it is."""
        found = {name: check() for name, check in self._checks.items()}
        return {name: problem for name, problem in found.items() if problem}

    def remarks(self) -> dict[str, str]:
        """Give what needs a person though it keeps nothing from being ready, by name."""
        found = {name: remark() for name, remark in self._remarks.items()}
        return {name: told for name, told in found.items() if told}

    def seen(self, records: Sequence[Record]) -> None:
        """Look at a batch on its way to the database."""
        for code in self._devices.look(records):
            self._logs.add(1, code=code)
        late = sum(1 for record in records if isinstance(record, UplinkRecord) and is_late(record))
        if late:
            self._late.add(late)

    def stored(self, tallies: Sequence[Tally], messages: int, seconds: float) -> None:
        """Count a batch that is stored."""
        self._committed = time()
        self._batches.observe(messages)
        self._storing.observe(seconds)
        for tally in tallies:
            self._count(tally)

    def _count(self, tally: Tally) -> None:
        for outcome in ("stored", "duplicates", "redelivered"):
            if number := getattr(tally, outcome):
                self._messages.add(number, outcome=outcome, reason="")
        for reason, number in tally.by_reason.items():
            self._messages.add(number, outcome="refused", reason=reason)

    def acknowledged(self, deliveries: Sequence[Delivery]) -> None:
        """Note how long the first message of a batch waited."""
        for delivery in deliveries[:1]:
            waited = datetime.now(UTC) - delivery.received_at
            self._waiting.observe(waited.total_seconds())

    def dropped(self, total: int) -> None:
        """Note what the broker says it has dropped since its start."""
        self._dropped = total

    def page(self) -> str:
        """Give all numbers as Prometheus reads them."""
        counts: list[Metric] = [self._messages, self._late, self._logs, self._batches]
        return render([*counts, self._storing, self._waiting, *self._gauges])


def is_late(record: UplinkRecord) -> bool:
    """Say whether an uplink came when the hour it belongs to may have been closed."""
    waited = record.arrival.received_at - record.time
    return waited > lateness(record.reporting_interval)

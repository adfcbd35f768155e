"""How long evaluation takes for an hour of new data of 100,000 devices, by all shipped rules.

    python benchmarks/evaluate.py [--devices 100000] [--days 30]   prints the set-up and passes

The borough is made by `evaluate.sql` in an embedded PostgreSQL, with so many days of hourly means
behind it. Then hours of readings are stored as the write path leaves them, six of each series, and
what is timed is the evaluator from the moment at which the hour is closed until nothing is left to
do: means of the hour, what is worked out of them, every rule, states and episodes. The first hour
warms up: it makes the series of what is worked out. A pass over a day's end also works out the day.
"""

import argparse
import os
import platform
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter, process_time

from alerts import rules
from boroughsense.interpreter import settle
from ingest.evaluator import Evaluator
from storage.connection import Connection, connect
from storage.embedded import EmbeddedPostgres
from storage.instance import Mode
from storage.migrate import migrate
from storage.partitions import Partitions

BAR = 60.0
"""Seconds that a pass may take on two cores"""
HOUR = timedelta(hours=1)
FIRST = datetime(2026, 1, 14, 9, tzinfo=UTC)
STORE = (
    """
    insert into observation (series_id, phenomenon_time, result, quality)
    select series_id, %(hour)s + reading * interval '10 minutes' + interval '1 minute',
           level + (series_id + reading) %% 7, 1
    from measured cross join generate_series(0, 5) as reading
    """,
    """
    insert into dirty_interval (series_id, interval_start)
    select series_id, %(hour)s from measured
    """,
    """
    insert into activity_1h (device_id, interval_start, uplinks, first_at, last_at)
    select id, %(hour)s, 6, %(hour)s + interval '1 minute', %(hour)s + interval '51 minutes'
    from device
    """,
    "insert into dirty_activity (device_id, interval_start) select id, %(hour)s from device",
)


def make(connection: Connection, devices: int, days: int) -> None:
    """Make the borough."""
    Partitions(connection).ahead(FIRST)
    told = {"%(devices)s": str(devices), "%(days)s": str(days), "%%": "%"}
    told["%(hour)s"] = f"timestamptz '{FIRST.isoformat()}'"
    text = Path(__file__).with_suffix(".sql").read_text()
    for name, value in told.items():
        text = text.replace(name, value)
    connection.execute(text.encode())
    connection.execute("analyze")


def hour_of_data(connection: Connection, hour: datetime) -> int:
    """Store an hour of readings as the write path leaves them; give how many."""
    counts = [connection.execute(query, {"hour": hour}).rowcount for query in STORE]
    connection.execute("analyze dirty_interval")
    return counts[0]


def evaluate(dsn: str, at: datetime) -> tuple[float, float, float]:
    """Evaluate until nothing is left: seconds, processor seconds of ours, of the database's."""
    with connect(dsn, application_name="bench") as connection:
        evaluator = Evaluator(connection, rules.load(), wall=lambda: at)
        settle()
        server = Path(f"/proc/{connection.info.backend_pid}/stat")
        began, ours, theirs = perf_counter(), process_time(), processor(server)
        while evaluator.step():
            pass
        return perf_counter() - began, process_time() - ours, processor(server) - theirs


def processor(stat: Path) -> float:
    """Give the processor seconds of a process, as Linux counts them."""
    fields = stat.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> int:
    """Measure; 1 when a pass takes longer than it may."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--devices", type=int, default=100_000)
    parser.add_argument("--days", type=int, default=30, help="of hourly means behind the hour")
    parser.add_argument("--hours", type=int, default=2, help="to measure")
    parser.add_argument("--folder", type=Path, help="where the database is made")
    told = parser.parse_args()
    sys.stdout.write(
        f"{platform.platform()}, Python {platform.python_version()}, {os.cpu_count()} cores,"
        f" load {os.getloadavg()[0]:.1f}\n{told.devices} devices, {told.days} days of means\n"
    )
    slowest = 0.0
    with (
        tempfile.TemporaryDirectory(prefix="boroughsense-evaluate-", dir=told.folder) as name,
        EmbeddedPostgres(Path(name) / "postgres", throwaway=True) as server,
        connect(server.dsn, application_name="bench") as connection,
    ):
        connection.autocommit = True
        migrate(connection, mode=Mode.LIVE)
        make(connection, told.devices, told.days)
        for number in range(told.hours + 1):
            hour = FIRST + number * HOUR
            readings = hour_of_data(connection, hour)
            spent, ours, theirs = evaluate(server.dsn, hour + 1.6 * HOUR)
            pace = "warming up" if number == 0 else f"load {os.getloadavg()[0]:.1f}"
            sys.stdout.write(
                f"{hour:%H:%M}  {readings} readings  {spent:6.1f} s; of the processor {ours:.1f} s"
                f" here and {theirs:.1f} s in the database ({pace})\n"
            )
            sys.stdout.flush()
            slowest = max(slowest, spent if number else 0.0)
    return int(slowest > BAR)


if __name__ == "__main__":
    sys.exit(main())

"""How fast the charts' queries are on 14.4 million readings, with their plans.

    python benchmarks/charts.py               30 days of 1,000 devices x 5 properties
    python benchmarks/charts.py --devices 50 --database-url postgresql://...

It fills an empty database (absent: an embedded one in a temporary folder) with readings every 15
minutes and their hourly means, and asks what the pages ask. Server time is PostgreSQL's own, of
planning and execution, the median of nine; its processor's time is the mean, to be believed on a
busy machine; the time of the call holds the transfer and the Python objects, too. On TimescaleDB
it compresses everything, tells the bytes a value before and after, and asks again.
"""

import argparse
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter

from storage import migrate, pages_hours
from storage.connection import Connection, connect
from storage.embedded import EmbeddedPostgres
from storage.instance import Mode
from storage.migrate import TIMESCALE
from storage.partitions import Partitions, week
from storage.queries import SQL

PROPERTIES = ("temperature", "relative_humidity", "co2", "battery_voltage", "pressure")
SINCE = datetime(2026, 9, 1, tzinfo=UTC)
ROUNDS = 9
SERVER = {"shared_buffers": "1GB", "max_wal_size": "4GB"}
DEVICES = """
with made as (
    insert into device (dev_eui, name, profile, application, codec, environment, reporting_interval,
                        tags, first_seen_at, last_seen_at)
    select '02c17a' || lpad(to_hex(n), 10, '0'), 'Device ' || n, 'bench', 'bench', 'bench',
           'indoor', '15 min', '{}', %(since)s, %(until)s
    from generate_series(1, %(devices)s::int) as n
    returning id, dev_eui
), homes as (
    insert into place (public_id, kind, name)
    select 'home' || n, 'dwelling', n || ' Long Road' from generate_series(1, %(devices)s::int) as n
    returning id
)
insert into series (device_id, channel, property_id)
select made.id, '', observed_property.id
from made, observed_property
where observed_property.name = any (%(properties)s) and (select count(*) from homes) > 0
"""
ROOMS = """
with rooms as (
    insert into place (public_id, kind, parent_id, name)
    select 'room' || substr(public_id, 5), 'room', id, 'Bedroom' from place where kind = 'dwelling'
    returning id, public_id
)
insert into installation (dev_eui, place_id, from_at)
select dev_eui, rooms.id, %(since)s from rooms join device on device.id = substr(public_id, 5)::int
"""
READINGS = """
insert into observation (series_id, phenomenon_time, result, quality)
select series.id, time + make_interval(secs => series.device_id %% 900),
       round((20 + 5 * sin(extract(epoch from time) / 13750) + random())::numeric, 1)::float8, 1
from generate_series(%(since)s::timestamptz, %(until)s::timestamptz - interval '1 s', '15 min')
     as time, series
"""
HOURS = """
insert into rollup_1h (series_id, interval_start, count, expected, mean, minimum, maximum, valid,
                       computed_at)
select series_id, date_bin('1 hour', phenomenon_time, '2000-01-01Z'), count(*), 4, avg(result),
       min(result), max(result), true, %(until)s
from observation where phenomenon_time >= %(since)s and phenomenon_time < %(until)s
group by 1, 2
"""
LATEST = """
insert into latest (series_id, phenomenon_time, result, quality)
select distinct on (series_id) series_id, phenomenon_time, result, quality from observation
where phenomenon_time >= %(until)s::timestamptz - interval '1 day'
order by series_id, phenomenon_time desc
"""
COMPRESS = "select compress_week(name) from stored_weeks('observation') where not is_compressed"
TABLES = ("observation", "rollup_1h", "latest", "series", "device", "installation", "place")
SIZE = "select bytes from stored_tables() where name = 'observation'"


@dataclass(frozen=True, slots=True)
class Query:
    """What a page asks, and how fast it must be."""

    name: str
    statement: str
    told: Mapping[str, object]
    call: Callable[[], object]
    """The product's own function, or the statement's rows"""
    bar: float
    """milliseconds of the server"""


@contextmanager
def database(url: str | None) -> Iterator[str]:
    """Give the database that is named, or one of our own."""
    if url:
        yield url
        return
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="boroughsense-")))
        yield stack.enter_context(EmbeddedPostgres(folder, settings=SERVER, throwaway=True)).dsn


def fill(connection: Connection, devices: int, days: int) -> None:
    """Write the registry, the readings day by day, their means and the newest values."""
    until = SINCE + timedelta(days=days)
    told = {"since": SINCE, "until": until, "devices": devices, "properties": list(PROPERTIES)}
    partitions = Partitions(connection)
    partitions.ensure("observation", {week(SINCE + timedelta(days=n)) for n in range(days + 1)})
    connection.execute(DEVICES, told)
    connection.execute(ROOMS, told)
    for number in range(days):
        day = SINCE + timedelta(days=number)
        span = {"since": day, "until": day + timedelta(days=1)}
        connection.execute(READINGS, span)
    for number in range(days):
        day = SINCE + timedelta(days=number)
        connection.execute(HOURS, {"since": day, "until": day + timedelta(days=1)})
    connection.execute(LATEST, told)
    for table in TABLES:
        connection.execute(f"vacuum analyze {table}".encode())


def queries(connection: Connection, devices: int, days: int) -> list[Query]:
    """Give what is asked."""
    until = SINCE + timedelta(days=days)
    found = connection.execute("select id from place where kind = 'room' order by id")
    rooms = [number for (number,) in found]
    room = [rooms[devices // 2]]
    one = {"places": room, "properties": list(PROPERTIES), "since": SINCE, "until": until}
    every = {"places": rooms, "properties": list(PROPERTIES)}
    city = {"property": "temperature", "since": SINCE, "until": until}
    return [
        Query(
            f"a room's {days} days, every reading of its five properties",
            SQL["pages_place_readings"],
            one,
            lambda: pages_hours.readings(connection, room, PROPERTIES, SINCE, until),
            50,
        ),
        Query(
            f"a room's {days} days by the hour",
            SQL["pages_place_hours"],
            one,
            lambda: pages_hours.of_places(connection, room, PROPERTIES, SINCE, until),
            50,
        ),
        Query(
            f"city-wide, {days} days by the hour",
            SQL["bench_city_hours"],
            city,
            lambda: connection.execute(SQL["bench_city_hours"], city).fetchall(),
            500,
        ),
        Query(
            "latest of all devices, five properties",
            SQL["pages_place_latest"],
            every,
            lambda: pages_hours.newest(connection, rooms, PROPERTIES),
            100,
        ),
    ]


def ask(connection: Connection, query: Query, *, with_plan: bool) -> None:
    """Print how long a query takes, and its plan."""
    explain = f"explain (analyze, timing off, format json) {query.statement}".encode()
    times = []
    busy = processor(connection)
    for _ in range(ROUNDS):
        [(told,)] = connection.execute(explain, query.told).fetchall()
        times.append(told[0]["Planning Time"] + told[0]["Execution Time"])
    busy = (processor(connection) - busy) / ROUNDS
    calls = []
    for _ in range(ROUNDS):
        began = perf_counter()
        query.call()
        calls.append(1000 * (perf_counter() - began))
    server, call = median(times), median(calls)
    verdict = "within" if server < query.bar else "ABOVE"
    say(
        f"{query.name}: server {server:.1f} ms ({min(times):.1f} to {max(times):.1f}), "
        f"{verdict} {query.bar:.0f} ms; its processor {busy:.0f} ms; the call {call:.1f} ms"
    )
    if with_plan:
        plan = connection.execute(f"explain (costs off) {query.statement}".encode(), query.told)
        for (line,) in plan:
            say(f"    {line}")


def processor(connection: Connection) -> float:
    """Give the milliseconds of processor that the session has had; 0 where nobody can see them.

    They tell what a query costs on a machine that does other work, too. Parallel workers are not
    in them.
    """
    process = Path("/proc") / str(connection.info.backend_pid)
    try:
        name = (process / "comm").read_text("utf-8")
        fields = (process / "stat").read_text("utf-8").rpartition(")")[2].split()
    except OSError:
        return 0.0
    if not name.startswith("postgres"):
        return 0.0
    return 1000 * (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    """Fill, ask and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--devices", type=int, default=1000)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--database-url", help="an empty database; absent: an embedded one")
    parser.add_argument("--hold", action="store_true", help="leave it running until a line comes")
    wanted = parser.parse_args()
    with database(wanted.database_url) as dsn, connect(dsn) as connection:
        migrate.migrate(connection, mode=Mode.SIMULATION)
        standing = migrate.status(connection)
        [(version,)] = connection.execute("show server_version").fetchall()
        load = os.getloadavg()[0]
        say(
            f"PostgreSQL {version}, tier {standing.tier}, {os.cpu_count()} cores "
            f"({platform.machine()}), load {load:.1f} before"
        )
        began = perf_counter()
        fill(connection, wanted.devices, wanted.days)
        [(count,)] = connection.execute("select count(*) from observation").fetchall()
        [(size,)] = connection.execute(SIZE).fetchall()
        say(
            f"{count:,} readings, filled in {perf_counter() - began:.0f} s; "
            f"{size / count:.1f} bytes a value"
        )
        asked = queries(connection, wanted.devices, wanted.days)
        for query in asked:
            ask(connection, query, with_plan=True)
        if standing.tier == TIMESCALE:
            connection.execute(COMPRESS)
            [(size,)] = connection.execute(SIZE).fetchall()
            say(f"compressed: {size / count:.1f} bytes a value")
            for query in asked:
                ask(connection, query, with_plan=False)
        say(f"load {os.getloadavg()[0]:.1f} after")
        if wanted.hold:
            say(dsn)
            sys.stdin.readline()


if __name__ == "__main__":
    main()

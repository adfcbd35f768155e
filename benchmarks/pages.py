"""How long the server takes for a page of fifty rows in a borough of 100,000 devices.

    python benchmarks/pages.py [TIMES]       prints the set-up and a line a page

The borough is made by `pages.sql` in an embedded PostgreSQL, in about a minute. Each page is asked
for TIMES times (25), by a person who is signed in, in the process that serves it; what is measured
is a whole request, with what it writes down of homes, compression left out. On a machine that does
other work, too, look at the processor's time: that of this process and of the database's for it.
"""

import os
import platform
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter, process_time

from starlette.testclient import TestClient

from storage.connection import connect
from storage.embedded import EmbeddedPostgres
from storage.instance import Mode
from storage.migrate import migrate
from storage.pool import Pool
from web.app import create_app
from web.config import WebConfig

BAR = 0.100
"""Seconds that 19 of 20 requests may take"""
PAGES = (
    "/homes",
    "/homes?area=estate+7",
    "/homes/rooms/{room}?period=30d",
    "/alerts",
    "/alerts?state=waiting",
    "/alerts/{alert}",
    "/cases",
    "/sites",
    "/sites/s7?period=30d",
    "/parking",
    "/parking/z7",
    "/engineering",
    "/engineering/devices",
    "/engineering/devices?silent=yes",
    "/engineering/devices?search=device+777",
    "/engineering/quarantine",
    "/audit",
    "/audit?actor=Officer+7",
)


@contextmanager
def borough() -> Iterator[str]:
    """Make the borough; give the address of its database, which is gone afterwards (2 GB)."""
    with (
        tempfile.TemporaryDirectory(prefix="boroughsense-pages-") as name,
        EmbeddedPostgres(Path(name) / "postgres", throwaway=True) as server,
    ):
        with connect(server.dsn, application_name="boroughsense-bench") as connection:
            migrate(connection, mode=Mode.LIVE)
            script = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
            for statement in script.split(";\n"):
                if statement.strip():
                    connection.execute(statement.encode())
            connection.execute(b"vacuum analyze")
        yield server.dsn


def named(dsn: str) -> dict[str, str]:
    """Give the room with the longest history, and an open alert of one."""
    with connect(dsn) as connection:
        rooms = connection.execute(
            "select public_id from place where kind = 'room' and id % 500 = 1 limit 1"
        ).fetchone()
        alerts = connection.execute(
            "select id from alert where status = 'firing' order by fired_at desc limit 1"
        ).fetchone()
    assert rooms is not None  # noqa: S101 - the script makes them
    assert alerts is not None  # noqa: S101
    return {"room": rooms[0], "alert": alerts[0]}


def main() -> int:
    """Measure every page; 1 when one of them is over the bar."""
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 25
    load = os.getloadavg()[0]
    print(  # noqa: T201
        f"{os.cpu_count()} cores, load {load:.1f} before, Python {platform.python_version()}, "
        f"{times} times each"
    )
    late = 0
    with borough() as dsn, Pool(dsn, size=2) as pool:
        config = WebConfig(secret="of the bench", development_sign_in=True)  # noqa: S106
        app = create_app(config, pool, Mode.LIVE)
        with TestClient(app, headers={"accept-encoding": "identity"}) as client:
            sign_in(client)
            for page in PAGES:
                late += measure(client, page.format_map(named(dsn)), Processor(dsn), times)
    return 1 if late else 0


def sign_in(client: TestClient) -> None:
    """Become the administrator, who sees the most."""
    page = client.get("/sign-in").text
    token = page.partition('name="csrf" value="')[2].partition('"')[0]
    client.post("/sign-in", data={"csrf": token, "role": "admin"}, follow_redirects=False)


class Processor:
    """The time that the processor spent on this process, and on the pages' connections (Linux)."""

    def __init__(self, dsn: str) -> None:
        with connect(dsn) as connection:
            rows = connection.execute(
                "select pid from pg_stat_activity where application_name = 'boroughsense-web'"
            )
            self._files = [Path(f"/proc/{pid}/stat") for (pid,) in rows]

    def spent(self) -> float:
        """Give it in seconds, up to now."""
        told = [file.read_text().rpartition(")")[2].split() for file in self._files]
        ticks = sum(int(fields[11]) + int(fields[12]) for fields in told)
        return process_time() + ticks / os.sysconf("SC_CLK_TCK")


def measure(client: TestClient, page: str, processor: Processor, times: int) -> bool:
    """Print how long a page takes; say whether it is over the bar."""
    spent: list[float] = []
    before = 0.0
    for number in range(times + 2):
        before = processor.spent() if number == 2 else before
        began = perf_counter()
        answer = client.get(page)
        if number >= 2:
            spent.append(perf_counter() - began)
        assert answer.status_code == 200, (page, answer.status_code)  # noqa: S101 - measure pages
    p95 = quantiles(spent, n=20)[-1]
    size, worked = len(answer.content), (processor.spent() - before) / times
    print(  # noqa: T201
        f"{1000 * median(spent):7.1f} ms median {1000 * p95:7.1f} ms p95 "
        f"{1000 * worked:6.1f} ms processor {size:8,} bytes  {page}",
        flush=True,
    )
    return p95 > BAR


if __name__ == "__main__":
    sys.exit(main())

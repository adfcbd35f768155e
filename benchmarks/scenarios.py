"""Every scenario from its simulation to its verification: does the system conclude what it must?

    python benchmarks/scenarios.py                         all of them, one after the other
    python benchmarks/scenarios.py hostile quiet_day       these

Of each: a database in mode simulation, a broker, `boroughsense run`; `simulate --speed max`; when
everything is stored and judged, `verify`. Of the largest a part is played, which is printed.
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from boroughsense.bench import broker
from boroughsense.logs import configure
from boroughsense.processes import Child, ChildFailed, child
from simulators import scenario
from storage.account import account
from storage.connection import connect
from storage.embedded import EmbeddedPostgres
from storage.instance import Mode
from storage.migrate import migrate
from storage.overview import overview

PARTS = {
    "borough": ("--for", "4d"),
    "borough_10k": ("--devices", "2000"),
    "london_1m": ("--devices", "2000", "--for", "2h"),
}
_PATIENCE = 900.0
"""seconds from the last publication to the last judgement"""


def play(name: str) -> dict[str, Any]:
    """Play a scenario, and give its numbers and differences."""
    with TemporaryDirectory(prefix="boroughsense-scenario-") as folder:
        place = Path(folder)
        with (
            EmbeddedPostgres(place / "postgres", throwaway=True) as server,
            broker(place) as (_, url),
        ):
            with connect(server.dsn) as connection:
                migrate(connection, mode=Mode.SIMULATION)
            settings = {
                "BOROUGHSENSE_DATABASE_URL": server.dsn,
                "BOROUGHSENSE_MQTT_URL": url,
                "BOROUGHSENSE_LOG_FORMAT": "json",
                "BOROUGHSENSE_MODE": "simulation",
            }
            with child("service", "run", environment=settings, folder=place) as service:
                while not service.said('"subscribed"'):
                    service.check()
                    time.sleep(0.05)
                truth = place / "truth.json"
                words = ["simulate", name, *PARTS.get(name, ()), "--speed", "max"]
                began = time.monotonic()
                sent = _command(url, server.dsn, *words, "--truth", str(truth))
                settle(server.dsn, sent["published"], service)
                seconds = time.monotonic() - began
                verified = _command(url, server.dsn, "verify", str(truth), may_fail=True)
    return {**sent, "seconds": seconds, "differences": verified["differences"]}


def settle(dsn: str, published: int, service: Child) -> None:
    """Wait until everything is in the books and judged."""
    deadline = time.monotonic() + _PATIENCE
    with connect(dsn) as connection:
        while account(connection).received < published or overview(connection).pending:
            service.check()
            if time.monotonic() > deadline:
                raise ChildFailed(f"{published} messages are not stored and judged in time")
            time.sleep(1.0)


def _command(url: str, dsn: str, *words: str, may_fail: bool = False) -> Any:  # noqa: ANN401 - JSON
    where = ["--mqtt-url", url] if words[0] == "simulate" else ["--database-url", dsn]
    command = [sys.executable, "-m", "boroughsense", *words, *where, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode and not may_fail:
        raise ChildFailed(f"{' '.join(words)}: {done.stderr.strip()[-300:]}")
    return json.loads(done.stdout)


def main() -> int:
    """Play what is asked for, and tell; 1 when anything differs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", default=scenario.names(), metavar="SCENARIO")
    configure("console")
    differing = 0
    for name in parser.parse_args().names:
        told = play(name)
        differing += len(told["differences"])
        sys.stdout.write(
            f"{name} {' '.join(PARTS.get(name, ()))}: {told['published']} messages, "
            f"{told['refused']} refused, {told['duplicates']} duplicates, "
            f"{len(told['alerts'])} episodes, {told['seconds']:.0f} s: "
            f"{len(told['differences'])} differences\n"
        )
        sys.stdout.writelines(f"  {sentence}\n" for sentence in told["differences"][:20])
        sys.stdout.flush()
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())

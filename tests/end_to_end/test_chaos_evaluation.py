"""Evaluation in a process of its own: killed, alone, or orphaned, it concludes the same."""

import os
import signal
from pathlib import Path
from time import monotonic, sleep

from storage.connection import Connection
from tests.fixtures import uplinks
from tests.fixtures.broker import Mosquitto
from tests.fixtures.chaos import settle
from tests.fixtures.service_process import MeasuredProcess, ServiceProcess, database_url


def evaluators(database: Connection) -> set[int]:
    """Give the database's sessions of evaluators."""
    told = database.execute(
        "select pid from pg_stat_activity"
        " where application_name = 'boroughsense-evaluator' and datname = current_database()"
    )
    return {pid for (pid,) in told}


def wait_for_hours(database: Connection, number: int) -> None:
    """Wait until so many series have a mean of an hour and no hour is left to be computed."""
    deadline = monotonic() + 30
    asked = "select count(distinct series_id), (select count(*) from dirty_interval) from rollup_1h"
    while (told := database.execute(asked).fetchone()) is None or (told[0] < number or told[1]):
        assert monotonic() < deadline, told
        sleep(0.05)


def children(pid: int) -> list[int]:
    """Give the processes that a process has started."""
    threads = Path(f"/proc/{pid}/task").iterdir()
    return [int(word) for one in threads for word in (one / "children").read_text().split()]


def test_killed_evaluation_is_started_again(
    broker: Mosquitto, dsn: str, database: Connection, tmp_path: Path
) -> None:
    """`kill -9` of the process that evaluates costs a second: the feed goes on, hours follow."""
    url = database_url(dsn)
    with ServiceProcess(tmp_path, broker.url, database_url=url) as service:
        broker.publish(*uplinks.messages(range(20)))
        settle(database, 20)
        wait_for_hours(database, 1)
        (evaluation,) = children(service.process.pid)
        os.kill(evaluation, signal.SIGKILL)
        broker.publish(*uplinks.messages(range(20, 40)))
        settle(database, 40)
        wait_for_hours(database, 1)
        service.wait_for("the evaluation ended; starting it again")
        assert service.stop() == 0
    assert not Path(f"/proc/{evaluation}").exists()


def test_evaluation_works_alone_and_ends_with_its_service(
    broker: Mosquitto, dsn: str, database: Connection, tmp_path: Path
) -> None:
    """Taking in and evaluating may be two services; and no evaluation outlives a killed service."""
    url = database_url(dsn)
    with ServiceProcess(tmp_path, broker.url, database_url=url) as service:
        (evaluation,) = children(service.process.pid)
        service.kill()
        deadline = monotonic() + 15
        while Path(f"/proc/{evaluation}").exists() and monotonic() < deadline:
            sleep(0.05)
        assert not evaluators(database)
    (tmp_path / "alone").mkdir()
    alone = MeasuredProcess(tmp_path / "alone", broker.url, "--role", "evaluate", database_url=url)
    with MeasuredProcess(tmp_path, broker.url, "--role", "ingest", database_url=url) as service:
        broker.publish(*uplinks.messages(range(20)))
        settle(database, 20)
        assert children(service.process.pid) == []
        assert not evaluators(database)
        alone.launch()
        wait_for_hours(database, 1)
        assert alone.stop() == 0

"""What the service tells of itself: numbers for Prometheus, health for a supervisor."""

import http.client
import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from boroughsense.broker import EmbeddedBroker, free_port
from boroughsense.settings import broker_address
from ingest.drop_watch import DROPPED, DropWatch
from ingest.exposition import Counter, Gauge, Histogram, render
from ingest.gaps import Gaps
from ingest.pipeline import Policy, follow
from ingest.status import Status, is_late
from ingest.status_server import StatusServer
from storage import account
from storage.connection import Connection
from storage.instance import Mode
from storage.model import Tally, UplinkRecord
from tests.fixtures import uplinks
from tests.fixtures.broker import Mosquitto
from tests.fixtures.chaos import settle, wait_until
from tests.fixtures.service_process import MeasuredProcess, ServiceProcess, database_url
from tests.ingest.test_pipeline import delivery

LINE = re.compile(r'[a-z_]+(\{([a-z_]+="([^"\\\n]|\\.)*",?)+\})? (\S+)')


def test_numbers_are_written_as_prometheus_reads_them() -> None:
    """Counters, gauges and histograms have their head, their labels escaped, their sums."""
    counter = Counter("things_total", "Things.")
    counter.add(2, kind='a "b"\\\n')
    counter.add(1, kind='a "b"\\\n')
    histogram = Histogram("seconds", "Time.", (0.1, 1.0))
    histogram.observe(0.1)
    histogram.observe(5.0, times=2)
    absent = Gauge("nothing", "Nothing.", lambda: None)
    page = render([counter, Gauge("level", "Level.", lambda: 1.5), histogram, absent])
    assert page == (
        "# HELP things_total Things.\n# TYPE things_total counter\n"
        'things_total{kind="a \\"b\\"\\\\\\n"} 3\n'
        "# HELP level Level.\n# TYPE level gauge\nlevel 1.5\n"
        "# HELP seconds Time.\n# TYPE seconds histogram\n"
        'seconds_bucket{le="0.1"} 1\nseconds_bucket{le="1"} 1\nseconds_bucket{le="+Inf"} 3\n'
        "seconds_sum 10.1\nseconds_count 3\n"
    )


def test_counter_without_a_number_is_zero() -> None:
    """A counter is there from the beginning, so that its rate can be told."""
    assert list(Counter("things_total", "Things.").lines())[-1] == "things_total 0"


def test_batches_are_counted() -> None:
    """What became of the messages, how long it took and how long they waited is counted."""
    status = Status()
    tally = Tally(stored=3, refused=2, duplicates=1, by_reason={"truncated": 2})
    status.stored([tally, Tally(redelivered=4)], 10, 0.2)
    status.acknowledged([delivery(uplinks.event(0))] * 3)
    status.acknowledged([])
    status.dropped(7)
    page = status.page()
    for line in (
        'boroughsense_messages_total{outcome="stored",reason=""} 3',
        'boroughsense_messages_total{outcome="refused",reason="truncated"} 2',
        'boroughsense_messages_total{outcome="duplicates",reason=""} 1',
        'boroughsense_messages_total{outcome="redelivered",reason=""} 4',
        'boroughsense_batch_messages_bucket{le="10"} 1',
        "boroughsense_store_seconds_sum 0.2",
        "boroughsense_acknowledgement_seconds_count 1",
        "boroughsense_broker_dropped_messages 7",
        "boroughsense_late_uplinks_total 0",
    ):
        assert line in page.splitlines()
    assert all(LINE.fullmatch(line) for line in page.splitlines() if not line.startswith("#"))


@pytest.mark.parametrize(("minutes", "late"), [(0, 0), (20, 0), (20.1, 1)])
def test_late_is_what_an_hour_does_not_wait_for(minutes: float, late: int) -> None:
    """An uplink is late when it came more than two of its device's intervals after it was sent."""
    came = uplinks.sent_at(0) + timedelta(minutes=minutes)
    record = follow(delivery(uplinks.event(0), received_at=came), Policy(Mode.LIVE))
    assert isinstance(record, UplinkRecord)
    assert record.reporting_interval == timedelta(minutes=10)
    assert is_late(record) == bool(late)
    status = Status()
    status.seen([record])
    assert f"boroughsense_late_uplinks_total {late}" in status.page().splitlines()


def ask(port: int, path: str) -> tuple[int, str]:
    """Ask a status server."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        line.request("GET", path)
        answer = line.getresponse()
        return answer.status, answer.read().decode()
    finally:
        line.close()


def test_health_is_told_by_code_and_words() -> None:
    """What is not well is named, with a code that a supervisor understands."""
    status = Status()
    problems = {"broker": ""}
    alive = [True]
    status.check("broker", lambda: problems["broker"])
    status.alive_when(lambda: alive[0])
    server = StatusServer("127.0.0.1", 0, status)
    server.start()
    try:
        assert ask(server.port, "/health/live") == (200, '{"live": true}')
        assert ask(server.port, "/health/ready?x") == (200, '{"ready": true, "problems": {}}')
        status.remark("letters", lambda: "")
        status.remark("evaluator", lambda: "wrong files")
        assert ask(server.port, "/health/ready") == (
            200,
            '{"ready": true, "problems": {}, "remarks": {"evaluator": "wrong files"}}',
        )
        problems["broker"] = "not subscribed"
        alive[0] = False
        code, text = ask(server.port, "/health/ready")
        assert (code, json.loads(text)["problems"]) == (503, {"broker": "not subscribed"})
        assert ask(server.port, "/health/live") == (503, '{"live": false}')
        assert ask(server.port, "/readings") == (404, "{}")
        code, text = ask(server.port, "/metrics")
        assert (code, text) == (200, status.page())
    finally:
        server.stop()


def test_server_that_was_never_started_stops() -> None:
    """A service that ends before it began leaves no open port."""
    server = StatusServer("127.0.0.1", 0, Status())
    server.stop()
    with pytest.raises(OSError, match="refused"):
        ask(server.port, "/health/live")


def test_running_service_answers(
    broker: Mosquitto, dsn: str, database: Connection, tmp_path: Path
) -> None:
    """`run` is live and ready, counts what it stores, and says when the broker is away."""
    port = free_port()
    settings = {"database_url": database_url(dsn), "status_port": str(port)}
    with MeasuredProcess(tmp_path, broker.url, **settings) as service:
        broker.publish(*uplinks.messages(range(50)))
        settle(database, 50)
        assert ask(port, "/health/live")[0] == 200
        assert ask(port, "/health/ready") == (200, '{"ready": true, "problems": {}}')
        page = ask(port, "/metrics")[1].splitlines()
        assert 'boroughsense_messages_total{outcome="stored",reason=""} 50' in page
        assert "boroughsense_serving 1" in page
        assert "boroughsense_held_messages 0" in page
        assert any(line.startswith("boroughsense_evaluator_lag_seconds ") for line in page)
        standby = ServiceProcess(tmp_path, broker.url, **settings | {"status_port": str(port + 1)})
        standby.launch()
        try:
            standby.wait_for("standing by")
            assert "standing by" in ask(port + 1, "/health/ready")[1]
            assert ask(port + 1, "/health/live")[0] == 200
        finally:
            standby.kill()
        broker.stop()
        wait_until(lambda: ask(port, "/health/ready")[0] == 503)
        assert "not subscribed" in ask(port, "/health/ready")[1]
        assert service.stop() == 0


def test_port_that_is_taken_is_named_by_its_setting(
    broker: Mosquitto, dsn: str, tmp_path: Path
) -> None:
    """A status port that somebody else has is told with the setting's name."""
    settings = {"database_url": database_url(dsn), "status_port": str(broker.port)}
    service = ServiceProcess(tmp_path, broker.url, **settings)
    service.launch()
    assert service.process.wait(timeout=30) == 1
    service.kill()
    told = "status_port (from environment BOROUGHSENSE_STATUS_PORT): cannot listen there"
    assert service.log().startswith(told)


def test_drops_of_the_broker_are_heard(broker: Mosquitto) -> None:
    """Mosquitto's count of dropped messages is heard, and again after it was restarted."""
    totals: list[int] = []
    watch = DropWatch(broker.address, totals.append)
    watch.start()
    wait_until(lambda: totals == [0])
    broker.restart()
    wait_until(lambda: totals == [0, 0])
    watch.stop()


def test_broker_that_tells_no_drops_is_left_alone() -> None:
    """A broker that breaks the connection at the question is asked no more."""
    with EmbeddedBroker() as embedded:
        totals: list[int] = []
        watch = DropWatch(broker_address(embedded.url), totals.append)
        watch.start()
        wait_until(lambda: watch._client._thread is None)
        watch.stop()
    assert totals == []


def test_nonsense_about_drops_is_ignored(broker: Mosquitto) -> None:
    """What is no number counts for nothing."""
    totals: list[int] = []
    watch = DropWatch(broker.address, totals.append)
    message: Any = type("Message", (), {"payload": b"many", "topic": DROPPED})
    watch._received(watch._client, None, message)
    assert totals == []


def test_drops_are_a_possible_gap(database: Connection) -> None:
    """Messages that the broker dropped since we last heard of it may have been ours."""
    gaps = Gaps()
    seen: list[int] = []
    for total in (5, 5, 8, 2, 0):
        gaps.dropped(total)
        assert gaps.pending
        gaps.record(database)
        assert not gaps.pending
        seen.append(len(account.account(database).possible_gaps))
    assert seen == [0, 0, 1, 2, 2]
    whys = [gap.why for gap in account.account(database).possible_gaps]
    assert [why.split(" messages")[0] for why in whys] == [
        "the broker dropped 3",
        "the broker dropped 2",
    ]

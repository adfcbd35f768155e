"""Several workers: static shards by application, each with a hot standby that takes over."""

from contextlib import ExitStack
from pathlib import Path
from time import monotonic

from storage.connection import Connection
from tests.fixtures import uplinks
from tests.fixtures.broker import Mosquitto
from tests.fixtures.chaos import assert_exact, service, settle, stored, wait_until
from tests.fixtures.service_process import ServiceProcess

OTHER = "c4a1b2d3-0e5f-4a6b-9c7d-8e9fa0b1c2d3"
TAKEOVER_SECONDS = 30


def shard(folder: Path, broker: Mosquitto, dsn: str, name: str, application: str) -> ServiceProcess:
    """Make a worker for one application; of several of one application one works."""
    place = folder / name
    place.mkdir()
    return service(
        place,
        broker,
        dsn,
        batch_size="20",
        mqtt_client_id=f"shard-{application[:8]}",
        mqtt_topics=f"application/{application}/device/+/event/+",
    )


def test_standby_takes_over_its_shard(
    broker: Mosquitto, dsn: str, database: Connection, tmp_path: Path
) -> None:
    """Two workers on two shards, one killed: its standby has taken over soon, nothing is lost."""
    with ExitStack() as stack:
        one = stack.enter_context(shard(tmp_path, broker, dsn, "one", uplinks.APPLICATION))
        two = stack.enter_context(shard(tmp_path, broker, dsn, "two", OTHER))
        standby = shard(tmp_path, broker, dsn, "standby", uplinks.APPLICATION)
        standby.launch()
        stack.push(standby)
        standby.wait_for("standing by")
        broker.publish(
            *uplinks.messages(range(800)),
            *(uplinks.of_application(uplinks.message(n), OTHER) for n in range(800, 1600)),
        )
        wait_until(lambda: stored(database) > 100)
        one.kill()
        killed = monotonic()
        standby.wait_for('"subscribed"')
        assert monotonic() - killed < TAKEOVER_SECONDS
        books = settle(database, 1600)
        assert two.stop() == standby.stop() == 0
    assert (books.stored, books.refused, books.duplicates) == (1600, 0, 0)
    assert books.possible_gaps == ()
    assert_exact(database, range(1600))

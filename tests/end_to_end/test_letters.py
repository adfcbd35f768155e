"""From an uplink on the broker to a letter in somebody's mailbox, on real servers; or to nobody."""

from datetime import timedelta
from pathlib import Path

from storage.connection import Connection, connect
from storage.places import Installation, Place, install
from tests.fixtures import dust
from tests.fixtures.broker import Mosquitto
from tests.fixtures.chaos import service, wait_until
from tests.fixtures.letters import config
from tests.fixtures.mail import mail_server, read
from tests.fixtures.receiver import receiver

DAY = timedelta(days=1)
SECRET = b"secret"


def count(connection: Connection, table: str) -> int:
    """Count the rows of a table, or of a part of it."""
    row = connection.execute(f"select count(*) from {table}").fetchone()  # noqa: S608 - our own
    assert row
    return int(row[0])


def test_dust_reaches_the_officer_by_mail(
    broker: Mosquitto, dsn: str, database: Connection, tmp_path: Path
) -> None:
    """Dust over the action level is a letter to those who asked for it, and goes to the webhook."""
    gate = Place("position", "Gate 1")
    site = Place("site", "Surrey Street", area="Fairfield")
    install(
        database, Installation(dust.dev_eui(1), gate, site, dust.newest_hour() - DAY), secret=SECRET
    )
    with receiver() as hook, mail_server() as (box, server):
        settings = config(tmp_path, server, hook=hook)
        with service(tmp_path, broker, dsn, config=settings) as running:
            broker.publish(*dust.hours(1, [20, 195.5, 195.5]))
            wait_until(lambda: bool(box.letters and hook.requests))
            assert running.stop() == 0
    [letter] = read(box)
    assert letter["To"] == "environment@croydon.example"
    assert letter["Subject"] == ("[red] Dust over the site action level - Surrey Street")
    text = letter.get_content()
    assert text.startswith("Surrey Street, Fairfield")
    assert "Where: Gate 1" in text
    assert "Worst: 195.5 ug/m3" in text
    [(alert,)] = database.execute("select id from alert where rule_id = 'E1'").fetchall()
    assert f"More: https://sense.croydon.example/alerts/{alert}" in text
    assert f"{alert}:fired:0:webhook" in hook.keys


def test_simulation_tells_nobody(broker: Mosquitto, simulation_dsn: str, tmp_path: Path) -> None:
    """A simulation with the same settings concludes the same, and reaches nobody at all."""
    with (
        receiver() as hook,
        mail_server() as (box, server),
        connect(simulation_dsn) as database,
    ):
        settings = config(tmp_path, server, hook=hook)
        with service(tmp_path, broker, simulation_dsn, config=settings) as running:
            broker.publish(*dust.hours(1, [20, 195, 195, 20, 20, 20], origin="simulation"))
            told = "notification where status = 'delivered' and kind = 'resolved'"
            wait_until(lambda: count(database, told) > 0)
            assert running.stop() == 0
        assert (box.letters, hook.requests) == ([], [])
        assert count(database, "notification where channel <> 'log'") == 0
        assert count(database, "notification_entry") == 0


def test_replay_into_a_live_instance_tells_nobody(
    broker: Mosquitto, dsn: str, database: Connection, tmp_path: Path
) -> None:
    """A live instance takes neither replayed nor simulated traffic, so it concludes nothing."""
    with receiver() as hook, mail_server() as (box, server):
        settings = config(tmp_path, server, hook=hook)
        with service(tmp_path, broker, dsn, config=settings) as running:
            for origin in ("replay", "simulation"):
                broker.publish(*dust.hours(len(origin), [195, 195, 195], origin=origin))
            wait_until(lambda: count(database, "quarantine") == 36)
            assert running.stop() == 0
    assert (box.letters, hook.requests) == ([], [])
    assert count(database, "alert") == 0

"""What went through gateways, told by a network server, concludes what the truth file says."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any
from uuid import uuid4

import pytest
from pamoja import raw

from alerts import rules
from boroughsense.verify import differences
from decoders import chirpstack
from decoders.chirpstack import Envelope
from decoders.model import Reception, TimeSource, Uplink
from ingest.evaluator import Evaluator
from ingest.pipeline import Policy, handle
from ingest.session import Delivery
from simulators.fleet import Fleet, dev_eui, gateway_id
from simulators.gateway_play import GatewayPlay, present
from simulators.play import Wanted
from simulators.scenario import Scenario, Story
from storage.connection import Connection, connect
from storage.instance import Mode
from storage.uplinks import Writer
from tests.simulators.network_server import NetworkServer, network_server
from tests.simulators.plays import PLACE, scenario

SEED = 3
ROOM = f"milesight-em300-th, count: 2, interval: 10m, home: unheated, {PLACE}"
FLEET = f"{{name: elm, model: {ROOM}}}"
SILENT = "events: [{what: silent, device: elm-02, from: 10h, for: 5h}]"


@pytest.fixture
def database(simulation_dsn: str) -> Iterator[Connection]:
    """Give an empty database of mode simulation."""
    with connect(simulation_dsn) as connection:
        yield connection


def recent(story: Scenario) -> Story:
    """Let a scenario of a day end a moment ago."""
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(days=1, minutes=1)
    return Story("small", story.model_copy(update={"start": start}))


def played(story: Story, server: NetworkServer) -> dict[str, Any]:
    """Play a scenario through its gateways, and give the truth."""
    fleet = Fleet(story.scenario, SEED)
    server.register(SEED, *(member.identity.dev_eui for member in fleet.members))
    play = GatewayPlay(story, Wanted(SEED))
    with play.airspace(server.address) as air:
        outcome: dict[str, Any] = play.run(air, Event(), lambda _: None)
    assert outcome["unconfirmed"] == 0
    truth: dict[str, Any] = outcome["truth"]
    return truth


def told(story: Story, server: NetworkServer) -> Iterator[Delivery]:
    """Tell what the network server has, as ChirpStack would."""
    by_payload: dict[bytes, list[raw.GatewayRxpk]] = {}
    for copy in server.heard:
        by_payload.setdefault(copy.payload, []).append(copy)
    fleet = {m.identity.dev_eui: m.identity for m in Fleet(story.scenario, SEED).members}
    for event, payload in zip(server.uplinks, server.frames, strict=True):
        who, now = fleet[server.names[event.dev_addr]], datetime.now(UTC)
        times = [_time(copy) for copy in by_payload[payload] if _time(copy)]
        copies = (Reception(gateway_id("roof"), -90, 5.0, times[0] if times else None, now),)
        up = Uplink(
            source="chirpstack-v4",
            deduplication_id=str(uuid4()),
            dev_eui=who.dev_eui,
            device_name=who.name,
            device_profile=who.title,
            application=who.application_id,
            tags=who.tags,
            dev_addr=f"{event.dev_addr:08x}",
            f_port=event.fport or 0,
            f_cnt=event.fcnt or 0,
            confirmed=bool(event.confirmed),
            payload=event.payload or b"",
            result_time=times[0] if times else now,
            time_source=TimeSource.GATEWAY if times else TimeSource.SERVER,
            receptions=copies,
        )
        topic, message = chirpstack.render(up, Envelope(), marshaler="json")
        yield Delivery(
            epoch=0,
            mid=0,
            qos=1,
            dup=False,
            retain=False,
            topic=topic,
            payload=message,
            received_at=now,
            origin="simulation",
        )


def _time(copy: raw.GatewayRxpk) -> datetime | None:
    """Give when a gateway received it, by GPS, as ChirpStack works it out."""
    if copy.gps_millis is None:
        return None
    return datetime(1980, 1, 6, tzinfo=UTC) + timedelta(seconds=-18, milliseconds=copy.gps_millis)


def conclude(database: Connection, deliveries: Iterator[Delivery]) -> None:
    """Take and evaluate everything."""
    tally = handle(list(deliveries), Policy(Mode.SIMULATION), Writer(database))
    assert tally.refused == 0
    evaluator = Evaluator(database, rules.load())
    while evaluator.step():
        pass


def test_truth_of_a_day_through_gateways(database: Connection) -> None:
    """Readings, means and episodes are those of the file, and a lost frame is a difference."""
    story = recent(scenario(FLEET, SILENT))
    with network_server() as server:
        truth = played(story, server)
        deliveries = list(told(story, server))
    assert truth["through"] == "gateways"
    assert truth["undated"] == []
    assert truth["uplinks"] == len(deliveries) > 200
    assert sum(entry["valid_hours"] for entry in truth["series"]) > 60
    silence = next(alert for alert in truth["alerts"] if alert["rule"] == "D1")
    assert silence["dev_eui"] == dev_eui("elm-02")
    conclude(database, iter(deliveries))
    assert list(differences(database, truth)) == []
    short = {**truth, "uplinks": truth["uplinks"] + 1}
    assert len(list(differences(database, short))) == 1


def test_of_a_gateway_without_a_clock_readings_are_counted(database: Connection) -> None:
    """Only the network server knows when its frames came, so no mean is told."""
    clockless = scenario(FLEET).model_copy()
    gateways = tuple(g.model_copy(update={"gnss": False}) for g in clockless.gateways)
    story = recent(clockless.model_copy(update={"gateways": gateways}))
    with network_server() as server:
        truth = played(story, server)
        deliveries = list(told(story, server))
    assert truth["undated"] == sorted(dev_eui(f"elm-0{n}") for n in (1, 2))
    assert truth["alerts"] == []
    assert not any("valid_hours" in entry for entry in truth["series"])
    conclude(database, iter(deliveries))
    assert list(differences(database, truth)) == []


def test_what_is_older_than_a_week_is_not_dated() -> None:
    """Whoever reads it would not believe it."""
    story = recent(scenario(FLEET))
    start = story.scenario.start - timedelta(days=7)
    older = replace(story, scenario=story.scenario.model_copy(update={"start": start}))
    with network_server() as server:
        truth = played(older, server)
    assert len(truth["undated"]) == 2
    assert present(older, datetime.now(UTC)).scenario.start > start

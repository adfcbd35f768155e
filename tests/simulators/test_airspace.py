"""The fleet through gateways, against another implementation's network server on loopback."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Event

import pytest

from simulators.airspace import Airspace, NotAdmitted, Patience
from simulators.device import Frame
from simulators.end_device import EndDevice, app_key
from simulators.faults import FaultPlan
from simulators.fleet import Fleet
from simulators.gateway_play import GatewayPlay, present
from simulators.on_air import OnAir, all_on_air
from simulators.pace import Standing
from simulators.packet_forwarder import ServerAway
from simulators.play import Wanted
from simulators.scenario import FaultRates, Scenario, Story, load
from tests.simulators.network_server import NetworkServer, network_server
from tests.simulators.plays import PLACE, scenario

SEED = 3
HASTY = Patience(pull=0.3, join=0.2, push=0.05, attempts=2)
BAYS = f"{{name: bay, model: bosch-tps110, count: 2, interval: 4h, bays: shopping, {PLACE}}}"
ROOMS = f"{{name: elm, model: milesight-em300-th, count: 3, interval: 10m, home: typical, {PLACE}}}"


@pytest.fixture
def server() -> Iterator[NetworkServer]:
    """Give a network server that knows nobody."""
    with network_server() as serving:
        yield serving


def small(fleet: str = f"{ROOMS}, {BAYS}", rest: str = "") -> Story:
    """Give a small scenario of a day."""
    return Story("small", scenario(fleet, rest))


def sent(story: Scenario) -> tuple[Fleet, list[OnAir]]:
    """Give a fleet and everything that is heard of it in a day."""
    fleet = Fleet(story, SEED)
    begin = story.start.timestamp()
    plan = FaultPlan(SEED, FaultRates())
    return fleet, list(all_on_air(fleet, plan, (begin, begin + 86_400)))


def airspace(server: NetworkServer, fleet: Fleet, patience: Patience = HASTY) -> Airspace:
    """Give the gateways and devices of a fleet around a server, which lets them in."""
    euis = [member.identity.dev_eui for member in fleet.members]
    server.register(SEED, *euis)
    devices = [EndDevice(dev_eui, app_key(SEED, dev_eui)) for dev_eui in euis]
    return Airspace(fleet.gateways, devices, server.address, patience)


def test_join_then_data_then_confirmed_uplinks(server: NetworkServer) -> None:
    """Every device joins, every payload arrives decrypted and in order, each answer is heard."""
    story = small()
    fleet, everything = sent(story.scenario)
    server.register(SEED, *(member.identity.dev_eui for member in fleet.members))
    play = GatewayPlay(story, Wanted(SEED))
    standings: list[Standing] = []
    with play.airspace(server.address) as air:
        outcome = play.run(air, Event(), standings.append)
    frames = [one.spoken for one in everything if isinstance(one.spoken, Frame)]
    assert len(server.joined) == outcome["joins"] == outcome["devices"] == 5
    assert [(up.fport, up.payload) for up in server.uplinks] == [
        (frame.f_port, frame.payload) for frame in frames
    ]
    assert outcome["uplinks"] == len(frames)
    confirmed = sum(frame.confirmed for frame in frames)
    assert confirmed > 10
    assert outcome["confirmed"] == outcome["answered"] == confirmed
    assert (outcome["unheard"], outcome["refused"], outcome["unconfirmed"]) == (0, 0, 0)
    assert server.tx_acks["NONE"] == outcome["downlinks"] == confirmed + 5
    assert server.gateways == {gateway.gateway_id for gateway in fleet.gateways}
    assert standings[-1].phase == "stopped"
    assert [int(report.latitude_deg or 0) for report in server.reports] == [51]


def test_the_next_uplink_confirms_and_answers(server: NetworkServer) -> None:
    """A device says that it heard a confirmed downlink, and answers the commands in it."""
    server.commands = b"\x06"
    fleet, everything = sent(small(BAYS).scenario)
    with airspace(server, fleet) as air:
        for one in everything[:20]:
            assert air.publish(one, Event())
            air.settle(1)
    confirmed = [i for i, up in enumerate(server.uplinks) if up.confirmed]
    raised = [heard.payload[5] & 0x2F for heard in server.heard if heard.payload[0] in (0x40, 0x80)]
    assert confirmed
    assert raised.count(0x23) >= 1  # acknowledged, with an answer of three bytes


def test_a_power_cut_joins_again(server: NetworkServer) -> None:
    """A device that lost its power has a session of its own afterwards."""
    rest = "events: [{what: silent, device: elm-01, from: 6h, for: 2h, rejoin: true}]"
    fleet, everything = sent(small(ROOMS.replace("count: 3", "count: 1"), rest).scenario)
    with airspace(server, fleet) as air:
        for one in everything:
            air.publish(one, Event())
        assert air.settle(2) == 0
    assert (air.tally.joins, air.tally.refused) == (len(server.joined), 0)
    assert len(server.joined) == len(fleet.members) + 1


def test_an_answer_outside_the_window_is_not_heard(server: NetworkServer) -> None:
    """Two seconds late, or at once, nobody of class A listens."""
    fleet, everything = sent(small(BAYS).scenario)
    with airspace(server, fleet) as air:
        for late, at_once in ((2_000_000, False), (0, True)):
            server.late, server.at_once = late, at_once
            for one in everything[:20]:
                air.publish(one, Event())
            air.settle(0.3)
    assert air.tally.confirmed > 0
    assert air.tally.answered == 0
    assert air.tally.unheard == air.tally.confirmed


def test_a_server_that_lets_nobody_in_is_told(server: NetworkServer) -> None:
    """NotAdmitted says which device, and what to do."""
    server.deaf = True
    fleet, everything = sent(small().scenario)
    with airspace(server, fleet) as air, pytest.raises(NotAdmitted, match="provision"):
        air.publish(everything[0], Event())
    assert len(server.joined) == HASTY.attempts


def test_a_single_device_that_is_not_let_in_is_counted(server: NetworkServer) -> None:
    """The others go on; the one is not asked again."""
    fleet, everything = sent(small(ROOMS).scenario)
    with airspace(server, fleet) as air:
        air.publish(everything[0], Event())
        server.deaf = True
        other = next(one for one in everything if one.member is not everything[0].member)
        for _ in range(3):
            air.publish(other, Event())
    assert (air.tally.joins, air.tally.refused) == (1, 3)


def test_stopping(server: NetworkServer) -> None:
    """Nothing is sent once it is over."""
    fleet, everything = sent(small(ROOMS).scenario)
    stop = Event()
    stop.set()
    with airspace(server, fleet) as air:
        assert not air.publish(everything[0], stop)
        air.land()
    assert air.tally.uplinks == 0


def test_a_server_that_does_not_acknowledge_holds_nothing_up(server: NetworkServer) -> None:
    """So many datagrams wait; then they are given up as lost, and it goes on."""
    fleet, everything = sent(small(ROOMS).scenario)
    with airspace(server, fleet) as air:
        air.publish(everything[0], Event())
        air.settle(1)
        server.mute = True
        for one in everything[1:60]:
            air.publish(one, Event())
        assert 0 < air.settle(0.1) <= 32
    assert air.tally.uplinks >= 50


def test_nobody_at_the_address_is_one_sentence() -> None:
    """One that never answers, a closed port, and a name that is none."""
    fleet, _ = sent(small(ROOMS).scenario)
    server = NetworkServer()
    with pytest.raises(ServerAway, match="nobody answers"), airspace(server, fleet):
        pass
    server.close()
    with pytest.raises(ServerAway, match=r"127\.0\.0\.1:\d+: .*refused"), airspace(server, fleet):
        pass
    server.address = ("no name", 1700)
    with pytest.raises(ServerAway, match="no name:1700: "), airspace(server, fleet):
        pass


def test_a_scenario_is_moved_to_the_present() -> None:
    """By whole weeks: its live part begins in the week before now."""
    story = load("quiet_day")
    now = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
    moved = present(story, now).scenario
    shift = moved.start - story.scenario.start
    assert shift % timedelta(weeks=1) == timedelta(0)
    assert timedelta(0) <= now - moved.start - moved.history < timedelta(weeks=1)
    assert replace(story, scenario=moved).name == "quiet_day"

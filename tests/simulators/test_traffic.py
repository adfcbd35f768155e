"""What the network server publishes beside uplinks, and in which order."""

from collections import Counter
from itertools import pairwise

from decoders import events
from decoders.model import NetworkEvent, Uplink
from simulators.message import Message
from simulators.play import Wanted
from simulators.scenario import Story
from tests.simulators.plays import PLACE, play, refusal, scenario

ROOMS = "{name: elm, model: elsys-ers, count: 3, interval: 10m, home: typical, " + PLACE + "}"


def published(rest: str, fleet: str = ROOMS) -> list[Message]:
    """Play a day."""
    return play(Story("small", scenario(fleet, rest)), Wanted())[0]


def test_devices_tell_of_their_battery_when_asked() -> None:
    """A status an interval from each, under the id of the uplink that it came with."""
    sent = published("status_interval: 6h")
    kinds = Counter(message.meaning.key[0] for message in sent)
    assert kinds == {"up": 3 * 144, "status": 3 * 4}
    ids = {message.meaning.key[1] for message in sent if message.meaning.key[0] == "up"}
    for message in sent:
        assert refusal(message) == ""
        if message.meaning.key[0] == "status":
            event = events.parse(message.topic, message.payload)
            assert isinstance(event, NetworkEvent)
            assert event.deduplication_key in ids
            assert 30 <= float(event.detail["battery_level"] or 0) <= 100


def test_gateways_tell_their_statistics_and_their_comings_and_goings() -> None:
    """Statistics at the cadence but in an outage, whose begin and end are told."""
    sent = published(
        "stats_interval: 30m\nevents: [{what: gateway_down, gateway: roof, from: 6h, for: 2h}]"
    )
    kinds = Counter(message.meaning.key[0] for message in sent)
    assert kinds["stats"] == 48 - 4
    assert kinds["conn"] == 2
    states = []
    for message in sent:
        assert refusal(message) == ""
        event = events.parse(message.topic, message.payload)
        if message.meaning.key[0] == "conn":
            assert isinstance(event, NetworkEvent)
            states.append(event.detail["state"])
    assert states == ["OFFLINE", "ONLINE"]


def test_an_outage_without_an_end_is_told_once() -> None:
    """A gateway that stays away has not come back."""
    sent = published("events: [{what: gateway_down, gateway: roof, from: 6h}]")
    assert Counter(m.meaning.key[0] for m in sent)["conn"] == 1
    assert max(m.due for m in sent) - min(m.due for m in sent) < 6.2 * 3600


def test_the_best_gateway_comes_first_and_dates_the_frame() -> None:
    """Of several gateways the one that heard best is first; one that knows the time dates it."""
    far = "gateways: [{name: near, latitude: 51.401, longitude: -0.101, gnss: false}, "
    far += "{name: far, latitude: 51.407, longitude: -0.1}]"
    sent = published(far)
    uplinks = [event for m in sent if isinstance(event := events.parse(m.topic, m.payload), Uplink)]
    counts = Counter(len(uplink.receptions) for uplink in uplinks)
    assert set(counts) <= {1, 2}
    assert counts[2] > 0
    for uplink in uplinks:
        strengths = [copy.snr or 0.0 for copy in uplink.receptions]
        assert strengths == sorted(strengths, reverse=True)
        timed = [c for c in uplink.receptions if c.gateway_time is not None]
        assert str(uplink.time_source) == ("gateway" if timed else "server")


def test_counters_go_up_by_one() -> None:
    """Without loss each device counts its frames without a gap."""
    counters: dict[str, list[int]] = {}
    for message in published(""):
        event = events.parse(message.topic, message.payload)
        assert isinstance(event, Uplink)
        counters.setdefault(event.dev_eui, []).append(event.f_cnt)
    assert len(counters) == 3
    assert all(b - a == 1 for counts in counters.values() for a, b in pairwise(counts))


def test_a_device_out_of_reach_is_never_heard() -> None:
    """Fifty kilometres are too far for any spreading factor."""
    away = ROOMS.replace("latitude: 51.401", "latitude: 51.85")
    assert published("", away) == []

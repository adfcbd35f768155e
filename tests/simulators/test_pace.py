"""Messages keep to the clock: history at once, then at the speed that was asked for."""

import time
from threading import Event, Timer

from simulators.clock import Clock
from simulators.pace import Pacer, Standing
from simulators.play import Play, Wanted
from simulators.scenario import Story, load
from tests.simulators.plays import PLACE, Taker, play, scenario

ROOM = "{name: elm, model: elsys-ers, count: 3, interval: 1m, home: typical, " + PLACE + "}"


def test_history_is_at_once_and_the_rest_at_the_speed() -> None:
    """An hour of history takes no time; ten minutes at 600 a second take a second."""
    text = scenario(ROOM, "history: 1h\nlength: 1h10m", length="1d")
    ready = Play(Story("small", text), Wanted(speed=600.0))
    taker = Taker(ready.truth)
    standings: list[Standing] = []
    begun = time.monotonic()
    ready.run(taker, Event(), standings.append)
    assert 0.9 < time.monotonic() - begun < 4
    assert {standing.phase for standing in standings} == {"history", "live", "stopped"}
    live = [standing for standing in standings if standing.phase == "live"]
    assert len(live) >= 2
    assert live[0].simulated_time < live[-1].simulated_time
    assert len(taker.messages) == 3 * 70


def test_a_run_stops_where_it_is_told_to() -> None:
    """What was published until then is the truth; before the first message it is empty."""
    story = Story("small", scenario(ROOM, "history: 0s\nlength: 1h"))
    stop = Event()
    Timer(0.4, stop.set).start()
    messages, truth = play(story, Wanted(speed=60.0), stop)
    assert 0 < truth["published"] == len(messages) < 180
    assert play(story, Wanted(), stop)[1]["published"] == 0


def test_an_endless_scenario_ends_at_full_speed_only() -> None:
    """The demo goes on until it is stopped; at full speed its length is its end."""
    story = load("quiet_day")
    length = story.scenario.length.total_seconds()
    assert Play(story, Wanted()).end == Play(story, Wanted()).begin + length
    assert Play(story, Wanted(speed=1.0)).end == float("inf")
    finite = Story("small", scenario(ROOM))
    assert Play(finite, Wanted(speed=1.0)).end == Play(finite, Wanted()).end


def test_a_pacer_without_history_begins_with_its_first_message() -> None:
    """A recording of years ago starts now, and keeps its distances."""
    ready = Play(Story("small", scenario(ROOM, "history: 0s\nlength: 5m")), Wanted())
    taker = Taker(ready.truth)
    begun = time.monotonic()
    Pacer(Clock(0.0), None, 600.0, lambda *_: None).run(ready.messages(), taker, Event())
    assert 0.3 < time.monotonic() - begun < 3
    assert len(taker.messages) == 15


def test_the_length_and_the_number_of_devices_can_be_set() -> None:
    """`--for` and `--devices` shorten and widen a scenario."""
    story = Story("small", scenario(ROOM))
    hour = play(story, Wanted(devices=5, length=load("dst_weekend").scenario.length / 72))[1]
    assert (hour["devices"], hour["published"]) == (5, 300)

"""Every family of device speaks its own bytes, which say what the hardware measured."""

from itertools import islice, pairwise

import pytest

from decoders import registry
from simulators import catalogue
from simulators.catalogue import BAYS, HARDWARE
from simulators.device import Frame
from simulators.fleet import Fleet
from simulators.hardware import Curve, Spread, Steps, Stretches
from simulators.message import Message
from simulators.play import Wanted
from simulators.scenario import Story
from tests.simulators.plays import PLACE, play, refusal, scenario

ANYTHING = {"cayenne-lpp", "senml"}
"""Formats of no device in particular"""


def group(model: str, *, interval: str = "10m", more: str = "") -> str:
    """Give a group of two devices of a model where it can measure."""
    kind = next(kind for kind in ("home", "street", "bays") if catalogue.suits(model, kind))
    names = {"home": "typical", "street": "construction", "bays": "shopping"}
    place = f"{kind}: {names[kind]}, {PLACE}{more}"
    return f"{{name: one, model: {model}, count: 2, interval: {interval}, {place}}}"


def messages(model: str, rest: str = "", **group_options: str) -> list[Message]:
    """Play two devices of a model for a day."""
    story = Story("small", scenario(group(model, **group_options), rest))
    return play(story, Wanted())[0]


def test_every_family_is_there() -> None:
    """Each device that can be decoded can be simulated, and no other."""
    simulated = {*HARDWARE, *BAYS}
    assert simulated == {codec.model for codec in registry.models()} - ANYTHING
    assert all(hardware.model == model for model, hardware in HARDWARE.items())


@pytest.mark.parametrize("model", [*HARDWARE, *BAYS])
def test_what_is_decoded_is_what_was_measured(model: str) -> None:
    """A day of frames: the product decodes exactly the quantised values."""
    sent = messages(model, interval="20m")
    assert len(sent) > 100
    for message in sent:
        assert refusal(message) == ""


@pytest.mark.parametrize("model", [*HARDWARE, *BAYS])
def test_values_vary_and_stay_plausible(model: str) -> None:
    """Over a day each property has several values, all within what such a sensor reports."""
    values: dict[str, set[float]] = {}
    for message in messages(model, interval="20m"):
        for seen in message.meaning.observations:
            values.setdefault(seen.observed_property, set()).add(seen.result)
    assert set(values) <= set(registry.codec(model).measures)
    constant = {"tilted", "battery_low", "battery_level", "battery_voltage", "so2"}
    assert all(len(seen) > 1 for name, seen in values.items() if name not in constant)


@pytest.mark.parametrize("model", [m for m, hardware in HARDWARE.items() if hardware.log])
def test_a_memory_sends_later_what_nobody_heard(model: str) -> None:
    """After an outage of the gateway every reading of it arrives, at its own time."""
    down = "events: [{what: gateway_down, gateway: roof, from: 6h, for: 3h}]"
    sent = messages(model, down, interval="20m", more=", memory: true")
    for message in sent:
        assert refusal(message) == ""
    dev_eui = sent[0].meaning.dev_eui
    of_one = [m.meaning for m in sent if m.meaning.dev_eui == dev_eui]
    readings = [
        seen.phenomenon_time or meaning.time
        for meaning in of_one
        for seen in meaning.observations
        if seen.observed_property == "temperature" and not seen.channel
    ]
    times = sorted(time for time in readings if time is not None)
    assert len(times) == len(set(times)) == 72
    assert max((after - before).total_seconds() for before, after in pairwise(times)) < 1260
    past = {seen.phenomenon_time for m in of_one for seen in m.observations}
    assert len(past - {None}) == 9


def test_a_clock_that_is_wrong_dates_the_records_wrongly() -> None:
    """Two minutes ahead: the records say so; never set: they count from 1970."""
    down = "events: [{what: gateway_down, gateway: roof, from: 6h, for: 3h}]"
    model = "milesight-em300-th/em300-th"
    right, ahead, unset = (
        [
            seen.phenomenon_time
            for m in messages(model, down, interval="20m", more=f", memory: true{more}")
            for seen in m.meaning.observations
            if seen.phenomenon_time
        ]
        for more in ("", ", clock_error: 120", ", clock_unset: true")
    )
    assert {(b - a).total_seconds() for a, b in zip(right, ahead, strict=True)} == {120.0}
    assert {time.year for time in unset} == {1970}


def test_an_undated_record_is_stored_and_counts_nowhere() -> None:
    """The truth holds a row for it beside the live reading only where there is none."""
    down = "events: [{what: gateway_down, gateway: roof, from: 6h, for: 3h}]"
    more = ", memory: true, clock_unset: true"
    story = Story("s", scenario(group("dragino-lht65n", interval="20m", more=more), down))
    sent, truth = play(story, Wanted())
    assert all(refusal(message) == "" for message in sent)
    hours = {hour[0][11:13] for series in truth["series"] for hour in series["hours"]}
    assert hours.isdisjoint({"06", "07", "08"})
    probe = next(s for s in truth["series"] if s["channel"] == "external")
    assert probe["readings"] == 63 + 3


def test_samples_of_a_frame_have_their_own_times() -> None:
    """Adeunis sends six readings an hour in one frame, ten minutes apart."""
    sent = messages("adeunis-comfort/comfort-co2", interval="1h")
    assert len(sent) == 48
    times = sorted(
        {o.phenomenon_time for o in sent[0].meaning.observations if o.phenomenon_time is not None}
    )
    assert len(times) == 6
    assert {(after - before).total_seconds() for before, after in pairwise(times)} == {600.0}
    assert '"sample_spacing":"600"' in sent[0].payload.decode()


def test_steps_saturate() -> None:
    """A value beyond the span is the span's end, as the hardware says it."""
    assert Steps(0, 200, 1, 2).quantise(250.0) == 100.0
    assert Steps(-400, 850, 1, 10).quantise(-60.0) == -40.0
    assert Steps(0, 1000, 5).quantise(13.0) == 15
    curve = Curve(125, 65536, -6, 0, 100)
    assert curve.quantise(120.0) == pytest.approx(100, abs=0.002)
    assert curve.quantise(-3.0) == pytest.approx(0, abs=0.002)
    lasted = Stretches(((0, 1), (90, 5), (240, 60)), 660)
    assert [lasted.quantise(m) for m in (0.9, 89.9, 94.0, 239, 299, 300, 2000)] == [
        *(0.0, 89.0, 90.0, 235.0, 240.0, 300.0, 660.0)
    ]


def test_a_dust_cloud_saturates_a_counter_of_one_byte() -> None:
    """PM10 is told 255 above PM2.5 at most."""
    sample = {"pm1": 10.2, "pm2_5": 40.4, "pm10": 500.0}
    told = {o.observed_property: o.result for o in Spread().observe(sample)}
    assert told == {"pm1": 10.0, "pm2_5": 40.0, "pm10": 295.0}


def test_a_device_that_restarts_counts_from_nought() -> None:
    """A restart keeps the address; a silence with a rejoin changes it, and tells of the join."""
    events = """
events:
  - {what: restarts, device: one-01, at: 3h}
  - {what: silent, device: one-02, from: 3h, for: 1h, rejoin: true}
"""
    fleet = Fleet(scenario(group("elsys-ers"), events), 1)
    begin = 1_769_990_400.0
    restarted, rejoined = (list(islice(m.device.frames(begin), 40)) for m in fleet.members)
    frames = [frame for frame in restarted if isinstance(frame, Frame)]
    assert len({frame.dev_addr for frame in frames}) == 1
    assert [frame.f_cnt for frame in frames].index(0) == 18
    joins = [place for place, spoken in enumerate(rejoined) if not isinstance(spoken, Frame)]
    assert len(joins) == 1
    after = rejoined[joins[0] + 1]
    before = rejoined[joins[0] - 1]
    assert isinstance(after, Frame)
    assert isinstance(before, Frame)
    assert after.f_cnt == 0
    assert after.dev_addr == rejoined[joins[0]].dev_addr != before.dev_addr
    assert after.time - before.time > 3600


def test_a_stuck_sensor_repeats_itself() -> None:
    """While it is stuck every frame has the same values; then they move again."""
    events = "events: [{what: stuck, device: one-01, from: 6h, for: 6h}]"
    sent = messages("elsys-ers", events)
    dev_eui = sent[0].meaning.dev_eui
    values = [
        tuple(o.result for o in m.meaning.observations if o.observed_property != "battery_voltage")
        for m in sent
        if m.meaning.dev_eui == dev_eui
    ]
    assert len(set(values[37:71])) == 1
    assert len(set(values)) > 60


def test_a_stuck_sensor_sees_no_change_of_its_bay() -> None:
    """Cars come and go, the heartbeats say what was last; then changes are told again."""
    events = "events: [{what: stuck, device: one-01, from: 6h, for: 7h}]"
    sent = messages("bosch-tps110", events)
    dev_eui = sent[0].meaning.dev_eui
    begin = min(m.due for m in sent) // 86_400 * 86_400

    def states(*, own: bool) -> list[tuple[float, float]]:
        return [
            (m.due - begin, seen.result)
            for m in sent
            if (m.meaning.dev_eui == dev_eui) is own
            for seen in m.meaning.observations
            if seen.observed_property == "parking_occupied"
        ]

    mute = {state for time, state in states(own=True) if 6 * 3600 + 10 < time < 13 * 3600}
    assert len(mute) == 1
    assert len({state for time, state in states(own=True) if time > 13 * 3600}) == 2
    assert len({state for time, state in states(own=False) if 6 * 3600 < time < 13 * 3600}) == 2


def test_a_battery_drains_to_empty_in_the_given_time() -> None:
    """It falls from what it had, reaches empty early for what was used before, and stays there."""
    events = "events: [{what: drains, device: one-01, from: 6h, for: 6h}]"
    sent = messages("elsys-ers", events)
    dev_eui = sent[0].meaning.dev_eui
    levels = [
        seen.result
        for m in sent
        if m.meaning.dev_eui == dev_eui
        for seen in m.meaning.observations
        if seen.observed_property == "battery_voltage"
    ]
    assert levels == sorted(levels, reverse=True)
    assert levels[0] - levels[34] < 0.01 < levels[0] - levels[44]
    assert len(set(levels[-60:])) == 1

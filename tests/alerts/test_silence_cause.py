"""A device's silence has one cause, and it is found from what came from elsewhere meanwhile."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from alerts.silence_cause import (
    Cause,
    GatewayFacts,
    SilentDevice,
    Surroundings,
    cause,
)

NOON = datetime(2026, 5, 12, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DEVICE = SilentDevice(NOON, 10 * MINUTE, frozenset({"gw-1"}))
"""Its next report is due at a quarter past twelve"""
LATER = NOON + 120 * MINUTE
ALIVE = GatewayFacts(told_at=LATER - MINUTE, cadence=MINUTE, heard_at=LATER - MINUTE)
AROUND = Surroundings(LATER, 50, LATER - MINUTE, {"gw-1": ALIVE})
"""Everything else is well"""


def test_others_are_heard_where_it_was() -> None:
    """When its gateway hears others, it is the device."""
    found = cause(DEVICE, AROUND)
    assert found.cause is Cause.DEVICE
    assert found.why == "gw-1 received it, and is there: look at the device"


def test_nobody_knows_who_received_it() -> None:
    """Without a gateway, others that are heard still speak for the way."""
    found = cause(replace(DEVICE, gateways=frozenset()), AROUND)
    assert (found.cause, found.why) == (
        Cause.DEVICE,
        "other devices are heard; nobody knows who received it",
    )


@pytest.mark.parametrize(
    ("then", "code"),
    [
        (lambda at: replace(DEVICE, counter_reset_at=at), "UPLINK_F_CNT_RESET"),
        (lambda at: replace(DEVICE, join_refused_at=at), "OTAA"),
    ],
)
def test_a_device_that_is_not_let_through_speaks(
    then: Callable[[datetime], SilentDevice], code: str
) -> None:
    """A log since it was heard last proves it; one before says nothing; no outage hides it."""
    dark = replace(AROUND, device_heard_at=NOON, gateways={})
    for around in (AROUND, dark):
        found = cause(then(NOON + MINUTE), around)
        assert found.cause is Cause.DEVICE
        assert f"({code} at 2026-05-12 12:01 UTC)" in found.why
        assert code not in cause(then(NOON), around).why


@pytest.mark.parametrize(
    ("gap", "found"),
    [
        ((NOON + 15 * MINUTE, LATER), Cause.US),
        ((NOON - 60 * MINUTE, LATER - 10 * MINUTE), Cause.US),
        ((NOON + 16 * MINUTE, LATER), Cause.DEVICE),
        ((NOON, LATER - 11 * MINUTE), Cause.DEVICE),
    ],
)
def test_a_gap_of_ours_must_cover_the_silence(gap: tuple[datetime, datetime], found: Cause) -> None:
    """A report that was due outside the gap would have come."""
    assert cause(DEVICE, replace(AROUND, gaps=(gap,))).cause is found


def test_nothing_at_all_comes() -> None:
    """Neither a device nor a gateway since: the broker, or our way to it."""
    quiet = GatewayFacts(told_at=NOON + 14 * MINUTE, cadence=MINUTE, heard_at=NOON)
    around = replace(AROUND, device_heard_at=NOON + 14 * MINUTE, gateways={"gw-1": quiet})
    found = cause(DEVICE, around)
    assert (found.cause, found.why) == (
        Cause.US,
        "nothing at all has come since 2026-05-12 12:00 UTC",
    )


def test_gateways_tell_and_no_device_does() -> None:
    """What devices say ends in the network server; with one device alone nobody can tell."""
    around = replace(AROUND, device_heard_at=NOON, gateways={"gw-1": replace(ALIVE, heard_at=NOON)})
    assert cause(DEVICE, around).cause is Cause.NETWORK_SERVER
    assert cause(DEVICE, replace(around, devices=1)).cause is Cause.DEVICE


@pytest.mark.parametrize(
    "gateway",
    [
        GatewayFacts(),
        GatewayFacts(heard_at=NOON),
        GatewayFacts(told_at=LATER - 11 * MINUTE, cadence=None, heard_at=NOON),
        GatewayFacts(told_at=LATER - 31 * MINUTE, cadence=10 * MINUTE),
        replace(ALIVE, offline=True),
    ],
)
def test_a_gateway_that_is_away(gateway: GatewayFacts) -> None:
    """No statistics for three of their turns, nothing received, or said to be offline."""
    around = replace(AROUND, gateways={"gw-1": gateway, "gw-2": ALIVE})
    found = cause(DEVICE, around)
    assert (found.cause, found.why) == (
        Cause.GATEWAY,
        "nothing comes from gw-1, which received it",
    )
    unknown = replace(DEVICE, gateways=frozenset({"gw-1", "gw-3"}))
    assert cause(unknown, around).cause is Cause.GATEWAY
    both = replace(DEVICE, gateways=frozenset({"gw-1", "gw-2"}))
    assert cause(both, around).why == "gw-2 received it, and is there: look at the device"


@pytest.mark.parametrize(
    "gateway",
    [
        GatewayFacts(heard_at=NOON + 15 * MINUTE),
        GatewayFacts(told_at=LATER - 10 * MINUTE),
        GatewayFacts(told_at=LATER - 30 * MINUTE, cadence=10 * MINUTE),
    ],
)
def test_a_gateway_that_is_there(gateway: GatewayFacts) -> None:
    """It received another device since the report was due, or tells in its own turns."""
    around = replace(AROUND, gateways={"gw-1": gateway})
    assert cause(DEVICE, around).cause is Cause.DEVICE


def test_what_cannot_be_known() -> None:
    """A single device without a word of a gateway, or a report that is not overdue."""
    alone = Surroundings(LATER, 1, NOON, {"gw-1": GatewayFacts(heard_at=NOON)})
    assert cause(DEVICE, alone).cause is Cause.UNKNOWN
    early = cause(DEVICE, replace(AROUND, now=NOON + 14 * MINUTE))
    assert early.cause is Cause.UNKNOWN
    assert early.why == "its next report is not overdue before 2026-05-12 12:15 UTC"


times = st.none() | st.integers(-30, 120).map(lambda minutes: NOON + minutes * MINUTE)
gateways = st.builds(
    GatewayFacts,
    told_at=times,
    cadence=st.none() | st.integers(1, 30).map(lambda minutes: minutes * MINUTE),
    heard_at=times,
    offline=st.booleans(),
)


@given(
    st.builds(
        SilentDevice,
        last_heard=st.just(NOON),
        interval=st.integers(1, 60).map(lambda minutes: minutes * MINUTE),
        gateways=st.frozensets(st.sampled_from(["a", "b", "c"])),
        counter_reset_at=times,
        join_refused_at=times,
    ),
    st.builds(
        Surroundings,
        now=st.just(LATER),
        devices=st.integers(1, 5),
        device_heard_at=times,
        gateways=st.dictionaries(st.sampled_from(["a", "b", "c"]), gateways),
    ),
)
def test_every_cause_has_its_evidence(device: SilentDevice, around: Surroundings) -> None:
    """Whatever the facts, the cause is one that they do not speak against."""
    found = cause(device, around)
    event(found.cause)
    heard = around.device_heard_at is not None and around.device_heard_at > device.due
    if found.cause in {Cause.US, Cause.NETWORK_SERVER}:
        assert not heard
    if found.cause is Cause.GATEWAY:
        assert device.gateways
        assert heard or around.devices == 1
        known = [around.gateways.get(g, GatewayFacts()) for g in device.gateways]
        assert all(g.offline or g.heard_at is None or g.heard_at < device.due for g in known)
    assert found.why

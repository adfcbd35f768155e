"""Any network server's event, and any bytes whatever."""

from collections.abc import Callable
from random import Random

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import event as seen

from decoders import events
from decoders.errors import EventError
from decoders.model import NetworkEvent, Uplink
from tests.decoders import samples
from tests.decoders.event_strategies import MESSAGES

_GENERATE = [Phase.generate]
NAMED = {"not_an_event", "missing_field", "bad_field", "unknown_event"}


def outcome(message: tuple[str, bytes]) -> str:
    """Say what becomes of a message; anything but a parsed event and an EventError is raised."""
    try:
        parsed = events.parse(*message)
    except EventError as error:
        refusal = error
    else:
        assert isinstance(parsed, Uplink | NetworkEvent)
        return parsed.source
    assert refusal.reason in NAMED
    assert 0 < len(refusal.detail) < 1000
    refusal.detail.encode()
    return refusal.reason


@settings(max_examples=1500, deadline=None)
@given(MESSAGES)
def test_any_message_is_read_or_refused_by_name(message: tuple[str, bytes]) -> None:
    """Whatever bytes on whatever topic: an event, or an EventError with its reason."""
    seen(outcome(message))


@pytest.mark.parametrize(
    "wanted", [*sorted(NAMED), "chirpstack-v4", "chirpstack-v3", "things-stack-v3"]
)
def test_the_noise_reaches_every_end(wanted: str) -> None:
    """The messages of the test above end in every reason, and in events of every server."""
    reached: Callable[[tuple[str, bytes]], bool] = lambda message: outcome(message) == wanted  # noqa: E731
    search = settings(max_examples=3000, deadline=None, database=None, phases=_GENERATE)
    find(MESSAGES, reached, settings=search, random=Random(1))  # noqa: S311 - no secret


@pytest.mark.parametrize("name", samples.names())
def test_network_servers_are_told_apart(name: str) -> None:
    """Each sample is read by its own server's module, or refused as no event."""
    expected = {"v3": "chirpstack-v3", "tts": "things-stack-v3", "command": "unknown_event"}
    wanted = expected.get(name.split("-", maxsplit=1)[0], "chirpstack-v4")
    assert outcome((samples.topic(name), samples.text(name))) == wanted


@pytest.mark.parametrize("name", samples.names())
def test_topic_of_a_file(name: str) -> None:
    """The keys of an event tell the topic that it would come on, and it is read there."""
    guessed = events.topic_of(samples.text(name))
    assert guessed is not None
    levels, own = guessed.split("/"), samples.topic(name).split("/")
    assert len(levels) == len(own)
    assert all(level in {"+", other} for level, other in zip(levels, own, strict=True))
    if name != "command-down":
        parsed = events.parse(guessed, samples.text(name))
        assert parsed == events.parse(samples.topic(name), samples.text(name))


def test_topic_of_what_is_no_json() -> None:
    """Binary messages are taken for uplinks; JSON that is like no event has no topic."""
    assert events.topic_of(samples.binary("up")) == "application/+/device/+/event/up"
    assert events.topic_of(b'{"a": 1}') is None
    assert events.topic_of(b"{}") is None

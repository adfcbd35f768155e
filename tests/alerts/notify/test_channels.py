"""Channels send one message each, or say why not; in a simulation there are none that reach."""

import hashlib
import hmac
import json
import socket
import threading
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast

import pytest
import structlog

from alerts.concerns import LetterKind
from alerts.model import Severity
from alerts.notices import NoticeKind
from alerts.notify.channel import NobodyToTell, NotSent
from alerts.notify.channels import ChannelSettings, channels
from alerts.notify.email import MailServer
from alerts.notify.gov_notify import NotifyService
from alerts.notify.log_channel import LogChannel
from alerts.notify.message import Message
from alerts.notify.post import Post, PostItem
from alerts.notify.teams import TeamsChannel
from alerts.notify.webhook import WebhookChannel, sign
from alerts.recipients import Recipient, Recipients, Team
from tests.fixtures.notify_server import API_KEY
from tests.fixtures.receiver import receiver

NOON = datetime(2026, 5, 11, 12, tzinfo=UTC)
SECRET = "between-us"  # noqa: S105 - a test's
MESSAGE = Message(
    episode="0123456789abcdef-20260511T110000Z",
    kind=NoticeKind.FIRED,
    severity=Severity.RED,
    rule="E1",
    rule_version="1",
    title="Dust over the site action level",
    advice="Stop the work that makes dust.",
    fired_at=NOON,
    at=NOON,
    known_at=NOON,
    value=195.5,
    labels={"dev_eui": "02c17a0000000001", "device_name": "gate"},
)


def test_webhook_posts_signed_json() -> None:
    """The receiver can check with the secret alone that we sent this body at this time."""
    with receiver() as there:
        WebhookChannel("live", there.url, SECRET, now=lambda: NOON).send(MESSAGE, "key-1")
    [request] = there.requests
    assert request.path == "/hook?from=town"
    assert request.headers["Idempotency-Key"] == "key-1"
    assert request.headers["Content-Type"] == "application/json"
    timestamp = request.headers["Boroughsense-Timestamp"]
    assert timestamp == str(int(NOON.timestamp()))
    signed = hmac.new(SECRET.encode(), timestamp.encode() + b"." + request.body, hashlib.sha256)
    assert request.headers["Boroughsense-Signature"] == f"sha256={signed.hexdigest()}"
    told = json.loads(request.body)
    assert told["subject"] == "fired (red): Dust over the site action level - gate"
    assert told["value"] == 195.5
    assert told["fired_at"] == "2026-05-11T12:00:00Z"
    assert told["labels"]["dev_eui"] == "02c17a0000000001"


def test_signature_depends_on_secret_time_and_body() -> None:
    """Whoever changes any of the three has another signature."""
    right = sign(SECRET, "1", b"body")
    others = {sign("another", "1", b"body"), sign(SECRET, "2", b"body"), sign(SECRET, "1", b"b")}
    assert len({right, *others}) == 4


def test_webhook_without_a_secret_is_not_signed() -> None:
    """Without a secret there is no signature that would mean nothing."""
    with receiver() as there:
        WebhookChannel("live", f"http://127.0.0.1:{there.port}").send(MESSAGE, "key-1")
    assert there.requests[0].path == "/"
    assert "Boroughsense-Signature" not in there.requests[0].headers


@pytest.mark.parametrize("status", [301, 400, 429, 500])
def test_answer_that_is_no_success_is_not_sent(status: int) -> None:
    """An error, and a redirect too, means that the message was not taken."""
    with receiver() as there:
        there.status = status
        with pytest.raises(NotSent, match=rf"127\.0\.0\.1 answered {status}"):
            WebhookChannel("live", there.url).send(MESSAGE, "key-1")
    assert len(there.requests) == 1


def test_nobody_listens() -> None:
    """A refused connection is not sent, and the reason names the host."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(NotSent, match=r"127\.0\.0\.1: .*refused"):
        WebhookChannel("live", f"http://127.0.0.1:{port}/").send(MESSAGE, "key-1")


def test_no_answer_in_time() -> None:
    """A receiver that keeps us waiting does not keep us for ever."""
    with receiver() as there:
        there.stall = threading.Event()
        with pytest.raises(NotSent, match="timed out"):
            WebhookChannel("live", there.url, timeout=0.1).send(MESSAGE, "key-1")
        there.stall.set()


def test_https_is_spoken_as_asked() -> None:
    """An address with https is never sent in the clear: a server that has no TLS gets nothing."""
    with receiver() as there, pytest.raises(NotSent):
        WebhookChannel("live", there.url.replace("http://", "https://")).send(MESSAGE, "key-1")
    assert there.requests == []


def test_log_has_one_line() -> None:
    """The log shows each message with its severity, rule and episode."""
    with structlog.testing.capture_logs() as lines:
        LogChannel().send(replace(MESSAGE, labels={}), "key-1")
    [line] = lines
    assert line["subject"] == "fired (red): Dust over the site action level"
    assert (line["rule"], line["severity"], line["value"]) == ("E1", "red", 195.5)
    assert line["idempotency_key"] == "key-1"


def test_simulation_cannot_make_what_reaches_people() -> None:
    """Making a webhook raises in a simulation, and whatever is set there is only the log."""
    with pytest.raises(NobodyToTell, match="a simulation instance tells nobody"):
        WebhookChannel("simulation", "http://127.0.0.1/")
    settings = ChannelSettings(webhook_url="http://127.0.0.1/", webhook_secret=SECRET)
    assert _names("simulation", settings) == ["log"]


def test_live_instance_has_what_is_set() -> None:
    """A live instance has the log, and a webhook when one is set."""
    settings = ChannelSettings(webhook_url="http://127.0.0.1/")
    assert _names("live", settings) == ["log", "webhook"]
    assert _names("live", ChannelSettings()) == ["log"]


def _names(mode: str, settings: ChannelSettings) -> list[str]:
    made = channels(mode, settings)
    return [channel.name for channel in (*made.notices, *made.letters)]


def test_each_way_to_reach_somebody_is_a_channel_in_a_live_instance_alone() -> None:
    """Every kind of recipient has its channel; a simulation has none of them."""
    ways = {
        "email": "a@croydon.example",
        "notify_email": "b@croydon.example",
        "notify_text": "07700 900123",
        "teams": "https://flow.example/1",
        "file": "letters.jsonl",
    }
    people = tuple(
        Recipient(name.replace("_", "-"), cast("Any", name), address, frozenset({Team.SERVICE}))
        for name, address in ways.items()
    )
    settings = ChannelSettings(
        recipients=Recipients(people),
        mail=MailServer("127.0.0.1"),
        notify=NotifyService(API_KEY),
    )
    assert _names("live", settings) == ["log", *ways]
    assert _names("simulation", settings) == ["log"]


LETTER = Post(
    "duty",
    "1 Surrey Street",
    "",
    (
        PostItem(
            kind=LetterKind.FIRED,
            severity=Severity.RED,
            title="Damp air for a day",
            spot="",
            since=NOON,
            value=None,
            unit="",
            advice="",
            path="/alerts/1",
        ),
    ),
)


def test_letter_in_the_log_names_no_home() -> None:
    """Others read the log: of a letter it has the recipient and the key, and nothing it says."""
    with structlog.testing.capture_logs() as lines:
        LogChannel().send(LETTER, "key-1")
    [line] = lines
    assert (line["recipient"], line["idempotency_key"]) == ("duty", "key-1")
    assert "Surrey" not in str(line)


def test_letter_without_anything_to_do_is_short() -> None:
    """A line that has nothing to say is left out."""
    assert LETTER.text == (
        "1 Surrey Street\n\nDamp air for a day (red)\nSince: Monday 11 May 2026, 13:00\n"
    )
    assert LETTER.subject == "[red] Damp air for a day - 1 Surrey Street"


def test_worst_of_what_is_too_low_is_no_highest_and_a_cause_is_said() -> None:
    """A cold room's worst value is its lowest; a silence comes with its cause."""
    cold = replace(LETTER.items[0], value=12.5, unit="Cel", why="the window is open")
    text = replace(LETTER, items=(cold,)).text
    assert "Worst: 12.5 Cel\nWhy: the window is open" in text
    assert "Highest" not in text


def test_letter_to_a_webhook_is_whole() -> None:
    """Another system gets a letter as data."""
    with receiver() as there:
        WebhookChannel("live", there.url, SECRET, now=lambda: NOON).send(LETTER, "key-1")
    told = json.loads(there.requests[0].body)
    assert (told["recipient"], told["items"][0]["kind"]) == ("duty", "fired")


def test_workflow_by_https_is_never_posted_in_the_clear() -> None:
    """A workflow's URL is a secret: it is not sent to a server that has no TLS."""
    with receiver() as there:
        flow = there.url.replace("http://", "https://")
        with pytest.raises(NotSent, match=r"127\.0\.0\.1: "):
            TeamsChannel("live", {"duty": flow}).send(LETTER, "key-1")
    assert there.requests == []

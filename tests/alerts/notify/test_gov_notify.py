"""Letters through GOV.UK Notify: by e-mail and text message, each once."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from alerts.concerns import LetterKind
from alerts.model import Severity
from alerts.notify import gov_notify
from alerts.notify.channel import NobodyToTell, NotSent
from alerts.notify.gov_notify import LONGEST_TEXT, LacksNotify, NotifyChannel, NotifyService
from alerts.notify.post import Post, PostItem
from tests.fixtures.notify_server import API_KEY, Notify, notify_server

ITEM = PostItem(
    kind=LetterKind.FIRED,
    severity=Severity.RED,
    title="Dust over the site action level",
    spot="Gate 1",
    since=datetime(2026, 5, 11, 12, tzinfo=UTC),
    value=195.0,
    unit="ug/m3",
    advice="Call the site.",
    path="/alerts/1",
)
POST = Post("duty", "Surrey Street", "Fairfield", (ITEM,), "https://sense.example")
NUMBER = "07700 900123"


def email(there: Notify, key: str = API_KEY) -> NotifyChannel:
    """Make the channel of e-mail to a server."""
    service = NotifyService(key, "t-mail", "t-text", there.url)
    return NotifyChannel("live", "notify_email", service, {"duty": "duty@croydon.example"})


def texts(there: Notify) -> NotifyChannel:
    """Make the channel of text messages to a server."""
    service = NotifyService(API_KEY, "t-mail", "t-text", there.url)
    return NotifyChannel("live", "notify_text", service, {"duty": NUMBER})


def test_email_is_the_whole_letter() -> None:
    """The template gets subject and text, and Notify our key as its reference."""
    with notify_server() as there:
        email(there).send(POST, "key-1")
    [(kind, asked)] = there.sent
    assert kind == "email"
    assert asked == {
        "email_address": "duty@croydon.example",
        "template_id": "t-mail",
        "personalisation": {
            "subject": "[red] Dust over the site action level - Surrey Street",
            "message": POST.text,
        },
        "reference": "key-1",
    }


def test_text_message_is_short() -> None:
    """A text message says what, where, how high and where to read more, and no more."""
    with notify_server() as there:
        texts(there).send(POST, "key-1")
    [(kind, asked)] = there.sent
    assert (kind, asked["phone_number"], asked["template_id"]) == ("sms", NUMBER, "t-text")
    assert asked["personalisation"]["message"] == (
        "[red] Dust over the site action level - Surrey Street\n"
        "Worst: 195 ug/m3\n"
        "More: https://sense.example/alerts/1"
    )


def test_long_text_is_cut_and_a_deadline_is_said() -> None:
    """However long a place is called, a text message has its length; a case says when it is due."""
    due = replace(ITEM, value=None, due=ITEM.since, kind=LetterKind.CASE_DEADLINE)
    said = gov_notify.text(replace(POST, items=(due,)))
    assert "Due: Monday 11 May 2026, 13:00" in said
    assert "Worst" not in said
    assert len(gov_notify.text(replace(POST, where="x" * 1000))) == LONGEST_TEXT


def test_what_notify_has_is_not_sent_again() -> None:
    """A letter whose answer was lost is not sent twice, since Notify drops no copy itself."""
    with notify_server() as there:
        email(there).send(POST, "key-1")
        email(there).send(POST, "key-1")
        email(there).send(POST, "key-2")
    assert [asked["reference"] for _, asked in there.sent] == ["key-1", "key-2"]


@pytest.mark.parametrize(
    ("refusal", "words"),
    [
        ((400, {"errors": [{"error": "BadRequestError", "message": "No template"}]}), "400 No tem"),
        (
            (429, {"errors": [{"error": "RateLimit", "message": "Slow down"}]}),
            "429 Slow down",
        ),
        ((500, {"message": "Internal server error"}), "500 Internal server error"),
        ((503, b"not json"), "503 "),
        ((201, b"not json"), "201 No JSON"),
    ],
)
def test_refusal_is_not_sent(refusal: tuple[int, object], words: str) -> None:
    """What Notify says against a letter is why it was not sent."""
    with notify_server() as there:
        there.refusal = refusal
        with pytest.raises(NotSent, match=rf"GOV\.UK Notify: {words}"):
            texts(there).send(POST, "key-1")


def test_wrong_key_is_refused() -> None:
    """Who signs with another secret is told so."""
    other = f"{API_KEY[:-4]}0000"
    with notify_server() as there, pytest.raises(NotSent, match="403 Invalid token"):
        email(there, other).send(POST, "key-1")


def test_nobody_there_and_nobody_known() -> None:
    """Without the service, and for a stranger, nothing is sent."""
    with notify_server() as there:
        channel = email(there)
        with pytest.raises(NotSent, match="no recipient"):
            channel.send(replace(POST, recipient="stranger"), "key-1")
    with pytest.raises(NotSent, match=r"GOV\.UK Notify: 503"):
        channel.send(POST, "key-1")
    assert there.sent == []


def test_cannot_be_made_in_a_simulation() -> None:
    """A simulation has no way to reach Notify."""
    with pytest.raises(NobodyToTell):
        NotifyChannel("simulation", "notify_text", NotifyService(API_KEY), {})


def test_missing_library_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the extra the service says which one it lacks."""
    monkeypatch.setattr(gov_notify, "find_spec", lambda _: None)
    with pytest.raises(LacksNotify, match=r"boroughsense\[notify\]"):
        NotifyChannel("live", "notify_text", NotifyService(API_KEY), {})

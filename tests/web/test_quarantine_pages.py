"""An engineer finds a refused message, reads it by another codec, and retries it."""

import csv
import io

import pytest
from starlette.testclient import TestClient

from decoders.registry import NATIVE
from storage import quarantine
from storage.instance import Mode
from storage.pool import Pool
from storage.quarantine import Quarantined
from tests.fixtures.borough import Borough, Visit
from tests.fixtures.borough_world import GATEWAYS, NOW, STRANGER, event, gateway_events
from tests.fixtures.web import enter, form_token_of
from web.app import create_app
from web.config import WebConfig
from web.identity import Role
from web.pages.quarantine import try_codec

EM300 = "milesight-em300-th/em300-th"
LIST = "/engineering/quarantine"


def number_of(browser: TestClient, reason: str) -> str:
    """Give the number of the one message of a reason."""
    text = browser.get(LIST, params={"csv": "quarantine", "reason": reason}).text
    rows = list(csv.reader(io.StringIO(text)))
    assert len(rows) == 2
    return rows[1][0]


def test_filters(visit: Visit, shared_borough: Borough) -> None:
    """By reason, device, day and state; what meets none of it is said."""
    browser = visit(shared_borough)(Role.ENGINEER)
    everything = browser.get(LIST).text
    assert "4 messages are held whole" in everything
    for params, found in (
        ({"reason": "truncated"}, "2 bytes of a header of 5"),
        ({"device": STRANGER.dev_eui.upper()}, "is not bound to a model"),
        ({"day": "2026-11-24", "reason": ""}, "not_an_event"),
        ({"state": "all", "reason": "not asked"}, "No message meets these conditions."),
        ({"day": "2026-11-23"}, "No message meets these conditions."),
    ):
        assert found in browser.get(LIST, params=params).text


def test_message_is_shown_whole_and_harmless(visit: Visit, shared_borough: Borough) -> None:
    """The bytes stand there in hex and text, escaped; to read only is not to see them."""
    browser = visit(shared_borough)(Role.ENGINEER)
    address = f"{LIST}/{number_of(browser, 'not_an_event')}"
    page = browser.get(address).text
    assert "=cmd|&#39;/C calc&#39;!A1" in page
    assert "3d 63 6d 64" in page
    assert browser.get(f"{address}/message").content == b"=cmd|'/C calc'!A1"
    reader = visit(shared_borough)(Role.READ_ONLY)
    assert "3d 63 6d 64" not in reader.get(address).text
    assert "Retry" not in reader.get(address).text
    assert reader.get(f"{address}/message").status_code == 403


def test_trying_changes_nothing(visit: Visit, borough: Borough) -> None:
    """Another codec's reading is shown, and the message is held as before."""
    browser = visit(borough)(Role.ENGINEER)
    address = f"{LIST}/{number_of(browser, 'unknown_device')}"
    page = browser.get(address, params={"model": EM300}).text
    assert "The codec for Milesight EM300-TH reads 3 values." in page
    assert "relative_humidity" in page
    refused = browser.get(address, params={"model": "decentlab-dl-pm"}).text
    assert "The codec for Decentlab DL-PM refuses the frame: unexpected_port" in refused
    with borough.connect() as connection:
        assert len(quarantine.find(connection)) == 4


def test_retry_with_another_codec(visit: Visit, borough: Borough) -> None:
    """The message becomes readings, the page says so and leads to the uplink that it became."""
    browser = visit(borough)(Role.ENGINEER)
    address = f"{LIST}/{number_of(browser, 'unknown_device')}"
    token = form_token_of(browser.get(address).text)
    bound = browser.post(f"{address}/retry", data={"csrf": token, "model": ""}).text
    assert "Retried: 0 stored, 1 still refused, 0 had come before." in bound
    page = browser.post(f"{address}/retry", data={"csrf": token, "model": EM300}).text
    assert "Retried: 1 stored, 0 still refused, 0 had come before." in page
    assert "/engineering/uplinks/000000b0-0000-0030-" in page
    again = browser.post(f"{address}/retry", data={"csrf": token, "model": EM300}).text
    assert "Retried: 0 stored, 0 still refused, 0 had come before." in again


def test_retry_takes_the_devices_other_messages_along(visit: Visit, borough: Borough) -> None:
    """Whoever asks for it retries all of one device that were refused for the same reason."""
    arrival = event(STRANGER, NOW, 85, bytes.fromhex("01755a0367c9000468a2"), 1)
    with borough.connect() as connection:
        connection.execute(
            "insert into quarantine (received_at, topic, payload, origin, reason, detail, source,"
            " event_type, deduplication_key, dev_eui) values (%s, %s, %s, 'live',"
            " 'unknown_device', '', '', '', '', %s)",
            [arrival.received_at, arrival.topic, arrival.payload, STRANGER.dev_eui],
        )
    browser = visit(borough)(Role.ENGINEER)
    address = f"{LIST}/4"
    page = browser.get(address).text
    assert "and 1 other message of the device" in page
    data = {"csrf": form_token_of(page), "model": EM300, "others": "true"}
    assert "Retried: 2 stored" in browser.post(f"{address}/retry", data=data).text


@pytest.mark.parametrize(
    ("role", "data", "status"),
    [
        (Role.READ_ONLY, {"model": EM300}, 403),
        (Role.ENVIRONMENT, {"model": EM300}, 403),
        (Role.ENGINEER, {"model": "a toaster"}, 422),
        (Role.ENGINEER, {"csrf": "guessed"}, 403),
    ],
)
def test_retry_is_refused(
    visit: Visit, shared_borough: Borough, role: Role, data: dict[str, str], status: int
) -> None:
    """Only those who may change engineering retry, by a codec that there is, from our form."""
    browser = visit(shared_borough)(role)
    token = form_token_of(browser.get("/how-it-works").text)
    answer = browser.post(f"{LIST}/1/retry", data={"csrf": token, **data})
    assert answer.status_code == status


def test_unknown_message(visit: Visit, shared_borough: Borough) -> None:
    """A number that quarantine does not have is said in words."""
    answer = visit(shared_borough)(Role.ENGINEER).get(f"{LIST}/99")
    assert answer.status_code == 404
    assert "Quarantine has no message of this number." in answer.text


def test_nothing_is_held(visit: Visit, borough: Borough) -> None:
    """An empty quarantine is good news."""
    with borough.connect() as connection:
        connection.execute("update quarantine set status = 'released'")
    assert "Nothing is held" in visit(borough)(Role.ENGINEER).get(LIST).text


def _held(topic: str, payload: bytes) -> Quarantined:
    return Quarantined(1, NOW, topic, payload, "live", "", "", "", "", "", "", 1, "held", None)


def test_trial_of_what_no_codec_reads() -> None:
    """An envelope that cannot be read, another event, an unknown model: each is said."""
    stats = gateway_events()[0]
    said = try_codec(NATIVE, _held(stats.topic, stats.payload), EM300).sentence
    assert said == "It is a stats event, which no codec reads."
    assert GATEWAYS[0] in stats.topic
    broken = try_codec(NATIVE, _held("a/b", b"{"), EM300).sentence
    assert broken.startswith("It is not an event that we can read: ")
    assert "is not a model we know" in try_codec(NATIVE, _held("a/b", b"{"), "a toaster").sentence


def test_service_without_a_pipeline_says_so(shared_borough: Borough) -> None:
    """Where nothing can be retried, the answer names the command that can."""
    config = WebConfig(secret="of the tests", development_sign_in=True)  # noqa: S106
    with Pool(shared_borough.dsn, size=1) as pool:
        browser = TestClient(create_app(config, pool, Mode.LIVE), follow_redirects=True)
        token = form_token_of(enter(browser, Role.ENGINEER).get(f"{LIST}/1").text)
        answer = browser.post(f"{LIST}/1/retry", data={"csrf": token})
    assert answer.status_code == 503
    assert "boroughsense quarantine retry" in answer.text

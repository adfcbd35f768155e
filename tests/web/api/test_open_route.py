"""How the open API is kept by caches, and how often one client may ask."""

from datetime import UTC, datetime

import pytest
from starlette.testclient import TestClient

from tests.fixtures.open_data import serving
from web.api import rate
from web.api.open_route import page_headers
from web.api.rate import RateLimit, client_of


@pytest.mark.parametrize(
    "address",
    ["/api/v1/latest", "/api/v1/parking", "/sensorthings/v1.1/Things", "/api/v1/hourly?format=csv"],
)
def test_answer_may_be_kept(public: TestClient, address: str) -> None:
    """An answer names its licence, may be kept for a minute, and is not sent twice."""
    first = public.get(address)
    assert first.headers["cache-control"] == "public, max-age=60"
    assert 'rel="license"' in first.headers["link"]
    assert first.headers["access-control-allow-origin"] == "*"
    assert first.headers["instance"] == "live"
    assert "set-cookie" not in first.headers
    tag = first.headers["etag"]
    again = public.get(address, headers={"If-None-Match": f'"other", {tag}'})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == tag
    assert public.get(address, headers={"If-None-Match": '"other"'}).status_code == 200


def test_change_is_dated(public: TestClient) -> None:
    """A document of readings is as old as its newest reading."""
    answer = public.get("/api/v1/latest?property=no2")
    assert answer.headers["last-modified"] == "Tue, 12 May 2026 11:30:00 GMT"


def test_refusals_are_not_kept(public: TestClient) -> None:
    """What was refused is asked again."""
    answer = public.get("/api/v1/latest?nothing=1")
    assert "public" not in answer.headers["cache-control"]


def test_too_many_requests(open_dsn: str) -> None:
    """Who asks too often is told when to ask again, in every part of the API; pages go on."""
    with serving(open_dsn, per_minute=3) as client:
        answers = [client.get("/api/v1/parking") for _ in range(3)]
        assert {answer.status_code for answer in answers} == {200}
        for address in ("/api/v1/parking", "/sensorthings/v1.1/Things", "/api/v1/nothing"):
            refused = client.get(address)
            assert refused.status_code == 429
            assert refused.headers["content-type"] == "application/problem+json"
            assert 1 <= int(refused.headers["retry-after"]) <= 21
        assert client.get("/docs").status_code == 200


def test_bucket_fills_evenly() -> None:
    """A client that has asked all at once may ask again as time passes; others may meanwhile."""
    now = [0.0]
    limit = RateLimit(60, clock=lambda: now[0])
    assert [limit.wait("a") for _ in range(60)] == [0] * 60
    assert limit.wait("a") == 2
    assert limit.wait("b") == 0
    now[0] = 1.0
    assert limit.wait("a") == 0
    assert limit.wait("a") > 0
    now[0] = 3600.0
    assert [limit.wait("a") for _ in range(61)].count(0) == 60


def test_no_limit() -> None:
    """A rate of 0 allows everything."""
    limit = RateLimit(0)
    assert {limit.wait("a") for _ in range(1000)} == {0}


def test_few_clients_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """The memory is bounded: who has not asked for longest is forgotten."""
    monkeypatch.setattr(rate, "MOST_CLIENTS", 2)
    limit = RateLimit(1, clock=lambda: 0.0)
    assert [limit.wait(name) for name in "abc"] == [0, 0, 0]
    assert limit.wait("c") > 0
    assert limit.wait("a") == 0


@pytest.mark.parametrize(
    ("address", "client"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("testclient", "testclient"),
    ],
)
def test_whose_address_it_is(address: str, client: str) -> None:
    """A client with a whole network of IPv6 is one client."""
    assert client_of(address) == client


def test_date_is_never_in_the_future(public: TestClient) -> None:
    """A reading of the future does not date a document into it."""
    headers = page_headers(datetime(2199, 1, 1, tzinfo=UTC), None)
    assert str(datetime.now(UTC).year) in headers["Last-Modified"]
    assert page_headers(None, None) == {}
    assert public.get("/api/v1/dictionary").headers.get("last-modified") is None

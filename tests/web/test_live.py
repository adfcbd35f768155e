"""An open page is told once that there is something new, and no person can hold the service up."""

import json
import re

from fastapi import FastAPI
from starlette.testclient import TestClient

from storage.pool import Pool
from tests.fixtures.borough import Borough, Visit
from web.identity import Area, Person, Role
from web.pages.live import Patience, Streams
from web.watching import Marks, Watch, Watched, find, watched_by_readers

QUICK = Patience(poll=0.02, idle=0.3, each=2, all=3)
COUNT = "insert into account_entry (at, outcome, messages) values (now(), 'stored', 1)"


def test_page_that_nobody_watches_is_refused(visit: Visit, shared_borough: Borough) -> None:
    """Only a page that has news is waited for, and only by who may see it."""
    for role, path, status in (
        (Role.ENGINEER, "/how-it-works", 404),
        (Role.HOUSING, "/engineering", 404),
    ):
        browser = visit(shared_borough)(role)
        assert browser.get("/live", params={"path": path}).status_code == status


def test_nobody_waits_without_signing_in(client: TestClient) -> None:
    """Who is not signed in is told to."""
    assert client.get("/live", params={"path": "/engineering"}).status_code == 401


def _app(browser: TestClient) -> FastAPI:
    app = browser.app
    assert isinstance(app, FastAPI)
    app.state.patience = QUICK
    return app


def test_idle_stream_is_ended(visit: Visit, shared_borough: Borough) -> None:
    """A stream on which nothing happens says so and ends."""
    browser = visit(shared_borough)(Role.ENGINEER)
    _app(browser)
    answer = browser.get("/live", params={"path": "/engineering"})
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.text == ": waiting\n\nevent: idle\ndata: {}\n\n"


def test_news_since_the_page_was_read(visit: Visit, borough: Borough) -> None:
    """What came between reading the page and waiting is news at once."""
    browser = visit(borough)(Role.ENGINEER)
    _app(browser)
    seen = browser.get("/engineering").text.split('data-seen="')[1].split('"')[0]
    with borough.connect() as connection:
        connection.execute(COUNT)
    answer = browser.get("/live", params={"path": "/engineering", "seen": seen}).text
    event, data = answer.strip().splitlines()[-2:]
    assert event == "event: change"
    assert json.loads(data.removeprefix("data: ")) == {"text": "New messages have come."}


def test_too_many_streams_are_refused() -> None:
    """One person has so many streams, and all together so many."""
    streams = Streams()
    one, other = (Person("x", f"{n}@example.org", frozenset()) for n in range(2))
    assert not streams.is_full(one, QUICK)
    streams.open[one.email] = 2
    assert streams.is_full(one, QUICK)
    assert not streams.is_full(other, QUICK)
    streams.open[other.email] = 1
    assert streams.is_full(Person("y", "y@example.org", frozenset()), QUICK)


def test_full_service_answers_429(visit: Visit, shared_borough: Borough) -> None:
    """A stream too many is refused, and the others go on."""
    browser = visit(shared_borough)(Role.ENGINEER)
    app = _app(browser)
    app.state.streams.open["engineer@example.org"] = QUICK.each
    assert browser.get("/live", params={"path": "/engineering"}).status_code == 429


def test_stream_ends_when_the_service_stops(visit: Visit, shared_borough: Borough) -> None:
    """Nobody who waits for news keeps the service from stopping."""
    browser = visit(shared_borough)(Role.ENGINEER)
    _app(browser).state.streams.closed = True
    answer = browser.get("/live", params={"path": "/engineering"})
    assert answer.text.endswith("event: idle\ndata: {}\n\n")


def test_streams_are_counted_down(visit: Visit, shared_borough: Borough) -> None:
    """A stream that ended is not counted any more."""
    browser = visit(shared_borough)(Role.ENGINEER)
    app = _app(browser)
    browser.get("/live", params={"path": "/engineering"})
    assert app.state.streams.open.total() == 0


def test_stream_ends_when_the_database_is_away(visit: Visit, borough: Borough) -> None:
    """A mark that cannot be read is no news: the stream ends, and the browser stops asking."""
    browser = visit(borough)(Role.ENGINEER)
    _app(browser)
    with borough.connect() as connection:
        connection.execute("alter table account_entry rename to elsewhere")
        connection.execute(
            "create view account_entry as select id, pg_terminate_backend(pg_backend_pid())"
            " from elsewhere where pg_terminate_backend(pg_backend_pid())"
        )
    assert browser.get("/live", params={"path": "/engineering"}).text.endswith("{}\n\n")


def test_mark_is_read_once_for_everybody(dsn: str) -> None:
    """However many people have a page open, its mark is read twice a second at most."""
    reads: list[str] = []

    def mark(_connection: object, address: re.Match[str]) -> int:
        reads.append(address[1])
        return len(reads)

    watch = Watch(r"/x/(\w+)", watched_by_readers(Area.PARKING), mark, "News.")
    with Pool(dsn, size=1) as pool:
        marks = Marks(pool)
        one, other = find([watch], "/x/one"), find([watch], "/x/other")
        assert isinstance(one, Watched)
        assert isinstance(other, Watched)
        assert [marks.read(one), marks.read(one), marks.read(other)] == [1, 1, 2]
    assert reads == ["one", "other"]
    assert find([watch], "/x/one/more") is None

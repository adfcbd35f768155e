"""`/live`: tells an open page, by server-sent events, that there is something new to show.

A stream ends with its first message: whoever reads on is not told twice, and who shows the new
readings loads the page again. A stream that nothing happens on is ended too, and so is one too
many of a person.
"""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Coroutine
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import State

from storage.errors import DatabaseUnavailable
from web.identity import Person
from web.session import SomePerson
from web.watching import Marks, Watched, find

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a stream goes on, and how many there may be."""

    poll: float = 1.0
    """seconds between two looks"""
    idle: float = 600.0
    """seconds after which a stream on which nothing happened is ended"""
    each: int = 4
    """streams of one person; a browser has six connections to a server, for all its tabs"""
    all: int = 500
    """streams of the service"""


@dataclass(slots=True)
class Streams:
    """Those that are open, by person."""

    open: Counter[str] = field(default_factory=Counter)
    closed: bool = False
    """The service stops: streams end at their next look"""

    def is_full(self, person: Person, patience: Patience) -> bool:
        """Say whether there are as many as there may be."""
        return self.open[person.email] >= patience.each or self.open.total() >= patience.all


@router.get("/live")
async def live(
    request: Request,
    person: SomePerson,
    path: Annotated[str, Query(max_length=300)],
    seen: Annotated[str | None, Query(max_length=300)] = None,
) -> StreamingResponse:
    """Wait for something newer than was seen on a page that the person may see."""
    state = request.app.state
    watched = find(state.watches, path)
    if watched is None or not await run_in_threadpool(_may, request, person, watched):
        raise HTTPException(404, "There is nothing to wait for on this page.")
    streams: Streams = state.streams
    if streams.is_full(person, state.patience):
        raise HTTPException(429, "Too many pages of yours wait for something new.")
    return StreamingResponse(
        _stream(streams, person, _news(state, watched, person, seen)),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


def _may(request: Request, person: Person, watched: Watched) -> bool:
    with request.app.state.pool.connection() as connection:
        return watched.watch.may(person, connection, watched.address)


async def _stream(
    streams: Streams, person: Person, news: Coroutine[None, None, str | None]
) -> AsyncIterator[str]:
    streams.open[person.email] += 1
    try:
        yield ": waiting\n\n"
        text = await news
        if text is None:
            yield "event: idle\ndata: {}\n\n"
        else:
            yield f"event: change\ndata: {json.dumps({'text': text})}\n\n"
    finally:
        news.close()
        streams.open[person.email] -= 1


async def _news(state: State, watched: Watched, person: Person, seen: str | None) -> str | None:
    """Wait until there is something new for a person.

    None when it does not come in time, or cannot be read.
    """
    marks: Marks = state.marks
    patience: Patience = state.patience
    try:
        before = str(await run_in_threadpool(marks.read, watched)) if seen is None else seen
        async with asyncio.timeout(patience.idle):
            while not state.streams.closed:
                mark = str(await run_in_threadpool(marks.read, watched))
                if mark != before:
                    text = await run_in_threadpool(_told, state, watched, person, before)
                    if text:
                        return text
                    before = mark
                await asyncio.sleep(patience.poll)
    except (TimeoutError, DatabaseUnavailable):
        pass
    return None


def _told(state: State, watched: Watched, person: Person, seen: str) -> str:
    with state.pool.connection() as connection:
        return watched.watch.told(connection, person, seen)

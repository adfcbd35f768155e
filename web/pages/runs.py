"""Runs: which stored uplinks were read again, which series were imported, and what came of it?"""

from collections.abc import Sequence
from datetime import datetime

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from storage import imports, pages_runs, replay_runs
from storage.imports import ImportRun
from storage.pages_runs import Redecoding
from storage.replay_runs import ReplayRun
from web import wording
from web.clock import Wall
from web.identity import Area
from web.session import Database, reader_of
from web.tables import Column, Table, Tag
from web.views import view
from web.watching import Seen, Watch, watched_by_readers

router = APIRouter(include_in_schema=False, dependencies=[Depends(reader_of(Area.ENGINEERING))])
WATCHES = (
    Watch(
        "/engineering/runs",
        watched_by_readers(Area.ENGINEERING),
        lambda connection, _: (
            pages_runs.redecoding_mark(connection),
            replay_runs.mark(connection),
        ),
        "A run has gone on.",
    ),
)
_MOST = 50


@router.get("/engineering/runs")
def runs(request: Request, database: Database, seen: Seen, wall: Wall) -> Response:
    """List the runs, with how far each came."""
    known = pages_runs.redecodings(database, _MOST)
    taken = imports.runs(database, most=_MOST)
    replays = replay_runs.runs(database, _MOST)
    return view(
        request,
        "runs.html",
        title="What was read again, replayed and imported?",
        crumbs=[{"text": "Engineering", "href": "/engineering"}],
        tables=[_redecodings(known, wall), _replays(replays, wall), _imports(taken)],
        live=seen,
        sentence=sentence(known, replays, len(taken), wall),
    )


def sentence(
    known: Sequence[Redecoding], replays: Sequence[ReplayRun], taken: int, now: datetime
) -> str:
    """Say what is under way, how far it came and when it will end, and what was cut off."""
    going = next((run for run in known if run.under_way), None)
    if going is not None:
        return _going(going, now)
    played = next((run for run in replays if run.under_way), None)
    if played is not None:
        return _playing(played, now)
    if known and known[0].finished_at is None:
        return f"Run {known[0].id} was cut off: the same command goes on where it stopped."
    runs_of = wording.plural(len(known), "run")
    played_of = wording.plural(len(replays), "replay")
    return (
        f"Nothing is under way; {runs_of}, {played_of} and {wording.plural(taken, 'import')} are"
        " listed."
    )


def _playing(run: ReplayRun, now: datetime) -> str:
    done = wording.plural(run.published, "message")
    share = "" if run.fraction is None else f"{run.fraction:.0%}, "
    end = run.ends(now)
    said = f"A replay of {run.source} is under way: {share}{done}"
    return f"{said}; it should end at about {wording.when(end)}." if end else f"{said}."


def _going(run: Redecoding, now: datetime) -> str:
    done = wording.plural(run.uplinks, "uplink")
    if run.fraction is None:
        return f"Run {run.id} is under way: {done} so far."
    said = f"Run {run.id} is under way: {run.fraction:.0%}, {done} of {run.expected:,}"
    end = run.ends(now)
    return f"{said}; it should end at about {wording.when(end)}." if end else f"{said}."


def _redecodings(known: Sequence[Redecoding], now: datetime) -> Table:
    return Table(
        "redecodings",
        "Stored uplinks that were read again",
        [
            Column("Run"),
            Column("State"),
            Column("Started"),
            Column("Done", "%", digits=0, nothing="not known"),
            Column("Took"),
            Column("Should end", nothing=""),
            Column("By"),
            Column("Which"),
            Column("Uplinks", digits=0),
            Column("Added", digits=0),
            Column("Removed", digits=0),
            Column("Changed", digits=0),
        ],
        [
            (
                str(run.id),
                _state(run),
                run.started_at,
                None if run.fraction is None else 100 * run.fraction,
                (run.finished_at or now) - run.started_at
                if run.finished_at or run.under_way
                else None,
                run.ends(now),
                run.actor,
                which(run),
                run.uplinks,
                run.added,
                run.removed,
                run.changed,
            )
            for run in known
        ],
        nothing="No stored uplink was read again.",
        wide=True,
    )


def _state(run: Redecoding) -> Tag:
    if run.finished_at is not None:
        return Tag("done", "green")
    return Tag("under way", "blue") if run.under_way else Tag("cut off", "orange")


def which(run: Redecoding) -> str:
    """Write which uplinks a run is through."""
    wanted = run.wanted
    since, until = (datetime.fromisoformat(wanted[name]) for name in ("since", "until"))
    said = [f"{wording.when(since)} to {wording.when(until)}"]
    words = (("model", "of model"), ("dev_eui", "of device"), ("as", "read as"))
    said += [f"{text} {wanted[name]}" for name, text in words if wanted.get(name)]
    return ", ".join(said)


def _replays(known: Sequence[ReplayRun], now: datetime) -> Table:
    return Table(
        "replays",
        "Recordings, stored uplinks and series that were replayed",
        [
            Column("Replay"),
            Column("State"),
            Column("Started"),
            Column("Done", "%", digits=0, nothing="not known"),
            Column("Should end", nothing=""),
            Column("By"),
            Column("What"),
            Column("As"),
            Column("Speed"),
            Column("Messages", digits=0),
        ],
        [
            (
                str(run.id),
                _replay_state(run),
                run.started_at,
                None if run.fraction is None else 100 * run.fraction,
                run.ends(now),
                run.actor,
                run.source,
                run.origin,
                run.speed,
                run.published,
            )
            for run in known
        ],
        nothing="No replay was written down here.",
        wide=True,
    )


def _replay_state(run: ReplayRun) -> Tag:
    if run.under_way:
        return Tag("under way", "blue")
    if run.finished_at is None:
        return Tag("cut off", "orange")
    return Tag("stopped", "grey") if run.stopped else Tag("done", "green")


def _imports(taken: Sequence[tuple[datetime, ImportRun]]) -> Table:
    return Table(
        "imports",
        "Files of measured series that were stored",
        [
            Column("When"),
            Column("File"),
            Column("By"),
            Column("Values given", digits=0),
            Column("Added", digits=0),
            Column("Left out", digits=0),
            Column("SHA-256", breaks=True),
        ],
        [
            (at, run.file, run.actor, run.given, run.added, run.left_out, run.sha256)
            for at, run in taken
        ],
        nothing="No file was imported.",
    )

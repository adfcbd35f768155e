"""Where rules stand, now and at past midnights; no row means that nothing is wrong.

And, to spare work, up to when a rule is known not to fire.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from alerts.model import AlertState
from storage.connection import Connection
from storage.queries import SQL

Key = tuple[int, str]
"""The subject's number and the rule's id."""

_DECODER = msgspec.json.Decoder(AlertState)


def states(
    connection: Connection, subjects: Sequence[int], rules: Sequence[str]
) -> dict[Key, AlertState]:
    """Read where rules stand for subjects."""
    wanted = {"subjects": list(subjects), "rules": list(rules)}
    return _read(connection, "states_read", wanted)


def checkpoints(
    connection: Connection, wanted: Sequence[tuple[int, datetime]], rules: Sequence[str]
) -> dict[Key, AlertState]:
    """Read where rules stood for subjects, each at a midnight."""
    if not wanted:
        return {}
    return _read(
        connection,
        "checkpoints_read",
        {
            "subjects": [subject for subject, _ in wanted],
            "midnights": [midnight for _, midnight in wanted],
            "rules": list(rules),
        },
    )


def _read(
    connection: Connection, query: str, wanted: Mapping[str, object]
) -> dict[Key, AlertState]:
    rows = connection.execute(SQL[query], wanted)
    return {(subject, rule): _DECODER.decode(state) for subject, rule, state in rows}


def write_states(connection: Connection, standing: Mapping[Key, AlertState]) -> None:
    """Set where rules stand."""
    if standing:
        connection.execute(
            SQL["states_write"], {**_keys(standing), "states": _encode(standing.values())}
        )


def clear_states(connection: Connection, keys: Sequence[Key]) -> None:
    """Forget where rules stood: nothing is wrong any more."""
    if keys:
        connection.execute(SQL["states_clear"], _keys(keys))


def clear_checkpoints(connection: Connection, since: Mapping[Key, datetime]) -> None:
    """Forget where rules stood after a time of each."""
    if since:
        connection.execute(
            SQL["checkpoints_clear"], {**_keys(since), "since": list(since.values())}
        )


def write_checkpoints(connection: Connection, points: Sequence[tuple[Key, AlertState]]) -> None:
    """Remember where rules stood, each at the midnight that its state holds up to."""
    if points:
        connection.execute(
            SQL["checkpoints_write"],
            {
                **_keys([key for key, _ in points]),
                "until": [state.until for _, state in points],
                "states": _encode(state for _, state in points),
            },
        )


def calm(
    connection: Connection, subjects: Sequence[int], rules: Sequence[str]
) -> dict[Key, datetime]:
    """Read up to when rules can not fire for subjects, where that is known."""
    wanted = {"subjects": list(subjects), "rules": list(rules)}
    rows = connection.execute(SQL["calm_read"], wanted)
    return {(subject, rule): until for subject, rule, until in rows}


def write_calm(connection: Connection, until: Mapping[Key, datetime]) -> None:
    """Remember up to when rules can not fire."""
    if until:
        connection.execute(SQL["calm_write"], {**_keys(until), "until": list(until.values())})


def _keys(keys: Iterable[Key]) -> dict[str, object]:
    pairs = list(keys)
    return {"subjects": [subject for subject, _ in pairs], "rules": [rule for _, rule in pairs]}


def _encode(states: Iterable[AlertState]) -> list[str]:
    return [msgspec.json.encode(state).decode() for state in states]

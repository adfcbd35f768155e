"""What has been handled before: the table that makes a second delivery have no effect.

Two keys. The hard one is the network server's: (source, event type, deduplication key), for every
message. The soft one catches the same radio frame under another id: (device, session, frame
counter, port, payload), within ten minutes of the frame's own time, so that a replay of history
judges as the live feed did. Keys go to the database in order, so that two writers wait for each
other in the same order.

A message that is known may have been published twice, or delivered twice because the broker does
not know that we have it. Only the first counts as received. The broker marks what it repeats, and
keeps its packet id: so a marked delivery is a repetition if one of the same message and packet id
was handled, and else a second publication, whose packet id is remembered too.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from storage.connection import Connection, translated
from storage.messages import Key, Message, UplinkMessage
from storage.model import Arrival, Outcome
from storage.queries import SQL

FRAME_WINDOW = timedelta(minutes=10)
"""The same frame seen again within this time, before or after, is a duplicate."""
KEPT = timedelta(days=14)
"""How long a message is known as handled: twice as long as the broker keeps our session."""
_SLICE = 10_000


def admit(connection: Connection, messages: Sequence[Message]) -> list[Message]:
    """Enter messages in the ledger and give the new ones; to be called in a transaction.

    The others are marked as duplicate or redelivered. A message without a key is new each time it
    is published.
    """
    first: dict[Key, Message] = {}
    for message in messages:
        message.outcome = message.becomes
        if message.key is not None:
            first.setdefault(message.key, message)
    entered = _enter(connection, first) if first else set()
    new = {id(message) for key, message in first.items() if key in entered}
    again: list[tuple[Key, Message]] = []
    for message in messages:
        if message.key is None:
            if message.record.arrival.packet_id:
                again.append((_content_of(message), message))
        elif id(message) not in new:
            message.outcome = Outcome.DUPLICATE
            again.append((message.key, message))
    if again:
        _mark_redelivered(connection, again)
    return [message for message in messages if message.outcome is message.becomes]


def _content_of(message: Message) -> Key:
    """Give a message without a key of its own one that is the same when it is delivered again."""
    arrival = message.record.arrival
    topic = arrival.topic.encode("utf-8", "surrogatepass")
    return ("", "content", sha256(topic + b"\x00" + arrival.payload).hexdigest())


def _enter(connection: Connection, first: dict[Key, Message]) -> set[Key]:
    keys = sorted(first)
    arrivals = [first[key].record.arrival for key in keys]
    return set(iter(connection.execute(SQL["ledger_enter"], _columns(keys, arrivals))))


def _mark_redelivered(connection: Connection, told: Sequence[tuple[Key, Message]]) -> None:
    """Mark messages of which this very delivery was handled, and remember the other deliveries."""
    arrivals = [message.record.arrival for _, message in told]
    columns = _columns([key for key, _ in told], arrivals)
    found = connection.execute(SQL["ledger_handled"], columns)
    handled = {number - 1 for (number,) in found}
    published: dict[tuple[Key, int], Arrival] = {}
    for number, (key, message) in enumerate(told):
        arrival = message.record.arrival
        delivery = key, arrival.packet_id
        if arrival.dup and (number in handled or delivery in published):
            message.outcome = Outcome.REDELIVERED
        else:
            published.setdefault(delivery, arrival)
    if published:
        keys = [key for key, _ in published]
        columns = _columns(keys, list(published.values()))
        connection.execute(SQL["ledger_repeat"], columns)


def _columns(keys: Sequence[Key], arrivals: Sequence[Arrival]) -> dict[str, object]:
    return {
        "sources": [key[0] for key in keys],
        "event_types": [key[1] for key in keys],
        "keys": [key[2] for key in keys],
        "packets": [arrival.packet_id for arrival in arrivals],
        "times": [arrival.received_at for arrival in arrivals],
    }


def admit_frames(connection: Connection, messages: Sequence[UplinkMessage]) -> list[UplinkMessage]:
    """Give the frames that are new; mark those seen minutes ago under another id."""
    if not messages:
        return []
    frames: dict[str, list[UplinkMessage]] = {}
    for message in messages:
        frames.setdefault(message.frame, []).append(message)
    seen = _frames_seen(connection, frames)
    if not seen and len(frames) == len(messages):
        return list(messages)
    moved: dict[str, datetime] = {}
    for key, group in frames.items():
        last = seen.get(key)
        for message in group:
            time = message.record.time
            if last is not None and abs(time - last) <= FRAME_WINDOW:
                message.outcome = Outcome.DUPLICATE
                continue
            if last is not None:
                moved[key] = time
            last = time
    _move(connection, moved)
    return [message for message in messages if message.outcome is Outcome.STORED]


def _frames_seen(
    connection: Connection, frames: dict[str, list[UplinkMessage]]
) -> dict[str, datetime]:
    keys = sorted(frames)
    times = [frames[key][0].record.time for key in keys]
    entered = {
        key for (key,) in connection.execute(SQL["frames_enter"], {"keys": keys, "times": times})
    }
    if len(entered) == len(keys):
        return {}
    known = [key for key in keys if key not in entered]
    return dict(iter(connection.execute(SQL["frames_seen"], {"keys": known})))


def _move(connection: Connection, moved: dict[str, datetime]) -> None:
    if moved:
        keys = sorted(moved)
        times = [moved[key] for key in keys]
        connection.execute(SQL["frames_move"], {"keys": keys, "times": times})


def prune(connection: Connection, now: datetime) -> int:
    """Forget what was handled more than `KEPT` ago, and give the number of forgotten keys.

    A message that a broker delivers again after that would count twice. Frames are as old as the
    newest one makes them, so that a replay of history keeps its own. Nobody waits for it.
    """
    with translated():
        row = connection.execute(SQL["clock_of_readings"]).fetchone()
        newest = row[0] if row and row[0] else now
        parameters = {"messages": now - KEPT, "frames": min(now, newest) - KEPT, "most": _SLICE}
        forgotten = 0
        while pruned := connection.execute(SQL["ledger_prune"], parameters).rowcount:
            forgotten += pruned
        connection.execute(SQL["ledger_repeat_prune"], {"messages": now - KEPT})
    return forgotten

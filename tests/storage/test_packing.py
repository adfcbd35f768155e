"""What is packed here is read back by a real server as it was."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies
from psycopg import sql

from storage import packing
from storage.connection import Connection
from tests.fixtures.effort import cases

ANY_TEXT = strategies.text(
    strategies.characters(codec=None, categories=None) | strategies.just("\x00")
)
TIMES = strategies.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31))  # noqa: DTZ001


def through(database: Connection, kind: str, packed: bytes) -> Any:  # noqa: ANN401
    """Copy one field into a table and read it back."""
    table = sql.Identifier(f"field of {kind}")
    create = f"create temporary table if not exists {{}} (value {kind})"
    database.execute(sql.SQL(create).format(table))
    copy = sql.SQL("copy {} from stdin (format binary)").format(table)
    with database.cursor() as cursor, cursor.copy(copy) as stream:
        stream.write(packing.COPY_HEADER + b"\x00\x01" + packed + packing.COPY_END)
    [(value,)] = database.execute(sql.SQL("delete from {} returning value").format(table))
    return value


@settings(
    max_examples=cases(100, here=30),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(text=ANY_TEXT, time=TIMES, texts=strategies.lists(ANY_TEXT, max_size=4))
def test_fields_come_back(
    database: Connection, text: str, time: datetime, texts: list[str]
) -> None:
    """Times to the microsecond, texts with what no text can hold replaced, bytes, and arrays."""
    moment = time.replace(tzinfo=UTC)
    packed = b"\x00\x00\x00\x08" + packing.microseconds(moment).to_bytes(8, "big", signed=True)
    assert through(database, "timestamptz", packed) == moment
    assert through(database, "text", packing.pack_text(text)) == packing.clean(text)
    assert through(database, "text", packing.pack_word(text)) == packing.clean(text)
    raw = text.encode("utf-8", "surrogatepass")
    assert through(database, "bytea", packing.pack_bytes(raw)) == raw
    assert through(database, "text[]", packing.pack_texts(texts)) == list(map(packing.clean, texts))
    document = {text: [1.5, None, True, text]}
    expected = {packing.clean(text): [1.5, None, True, packing.clean(text)]}
    assert through(database, "jsonb", packing.pack_json(document)) == expected


def test_null_comes_back(database: Connection) -> None:
    """A field without a value is null."""
    assert through(database, "text", packing.NULL) is None


@given(text=ANY_TEXT)
def test_clean_text_is_left_alone(text: str) -> None:
    """Only NUL and halves of pairs are replaced, and what was cleaned once stays as it is."""
    cleaned = packing.clean(text)
    assert packing.clean(cleaned) == cleaned
    assert "\x00" not in cleaned
    cleaned.encode("utf-8")
    if "\x00" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text):
        assert cleaned == text


def test_halves_of_a_pair_are_replaced() -> None:
    """Halves are replaced byte by byte, even two that would make a letter."""
    assert packing.clean("a\ud83d\ude00b") == f"a{6 * chr(0xFFFD)}b"


@dataclass(frozen=True, slots=True)
class _Odd:
    name: str
    when: datetime
    parts: tuple[str, ...]


def test_json_of_what_holds_odd_text() -> None:
    """Dataclasses, mappings and sequences are written with what jsonb cannot hold replaced."""
    odd = _Odd("a\x00", datetime(2026, 5, 12, tzinfo=UTC), ("\ud800", "ok"))
    written = b'{"name":"a\xef\xbf\xbd","when":"2026-05-12T00:00:00Z","parts":["%s","ok"]}'
    assert packing.to_json(odd) == written % (3 * b"\xef\xbf\xbd")
    mixed = {"n\x00": [1, 2.5, None, True, {"\x00": odd.when}]}
    assert b"\\u0000" not in packing.to_json(mixed)
    assert packing.to_json({"plain": math.nan}) == b'{"plain":null}'


def test_json_has_no_word_for_everything() -> None:
    """What JSON cannot say is an error, never a guess."""
    with pytest.raises(TypeError):
        packing.to_json({"a": object()})
    with pytest.raises(TypeError):
        packing.to_json({"a": object(), "b": "\x00"})


def test_time_must_have_a_zone() -> None:
    """A time without a zone is an error: no zone is guessed."""
    with pytest.raises(TypeError):
        packing.microseconds(datetime(2026, 5, 12))  # noqa: DTZ001
    assert packing.microseconds(datetime(2000, 1, 1, tzinfo=UTC) + timedelta(seconds=1)) == 10**6

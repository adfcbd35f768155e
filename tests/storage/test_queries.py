"""Every statement has a name and a sentence, and the server takes it."""

import re

import pytest
from psycopg.pq import ExecStatus

from storage import queries
from storage.connection import Connection
from storage.packing import COPY_END, COPY_HEADER
from storage.queries import STATEMENTS, Statement
from storage.uplinks import Writer

_PLACEHOLDER = re.compile(r"%\((?P<name>\w+)\)[sbt]|%%")
COPIES = [name for name, entry in STATEMENTS.items() if entry.text.startswith("copy ")]


def _numbered(text: str) -> str:
    """Write psycopg's placeholders as the server's."""
    names: list[str] = []

    def number(found: re.Match[str]) -> str:
        name = found["name"]
        if name is None:
            return "%"
        if name not in names:
            names.append(name)
        return f"${names.index(name) + 1}"

    return _PLACEHOLDER.sub(number, text)


def test_server_takes_every_statement(database: Connection) -> None:
    """Each statement is one that a server with our layout prepares: no word in it is wrong."""
    Writer(database)
    database.execute(STATEMENTS["marked_create"].text.encode())
    wrong = {}
    for number, (name, statement) in enumerate(STATEMENTS.items()):
        if name not in COPIES:
            text = _numbered(statement.text).encode()
            result = database.pgconn.prepare(f"s{number}".encode(), text)
            if result.status != ExecStatus.COMMAND_OK:
                wrong[name] = result.error_message.decode()
    assert wrong == {}


@pytest.mark.parametrize("name", COPIES)
def test_server_takes_every_copy(database: Connection, name: str) -> None:
    """A copy, which no server prepares, is taken with no rows."""
    Writer(database)
    database.execute(STATEMENTS["bench_create"].text.encode())
    database.execute(STATEMENTS["bench_uplink_create"].text.encode())
    with database.cursor() as cursor:
        with cursor.copy(STATEMENTS[name].text.encode()) as stream:
            stream.write(COPY_HEADER + COPY_END)
        assert cursor.rowcount == 0


def test_statements_are_told_apart() -> None:
    """A file holds several statements, each with its name, its sentence and its text."""
    content = "-- one --\n-- First.\nselect 1;\n\n-- two --\n-- Second.\nselect\n    2;\n"
    assert queries.parse("a.sql", content) == [
        Statement("one", "First.", "select 1", "a.sql"),
        Statement("two", "Second.", "select\n    2", "a.sql"),
    ]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("", "does not begin with a named statement"),
        ("select 1;\n-- one --\n-- First.\nselect 1;", "does not begin with a named statement"),
        ("-- one --\nselect 1;", "does not begin with a named statement"),
        ("-- one --\n-- First.\nselect 1;\n-- two --\nselect 2;", "a name without its sentence"),
        ("-- one --\n-- no full stop\nselect 1;\n", "does not begin with a named statement"),
        ("-- one --\n-- First.\n\n-- two --\n-- Second.\nselect 2;", "no statement under one"),
    ],
)
def test_malformed_file_is_told(content: str, complaint: str) -> None:
    """A statement without its name, its sentence or its text stops the program at its start."""
    with pytest.raises(ValueError, match=complaint):
        queries.parse("a.sql", content)


def test_name_used_twice_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two statements of one name stop the program at its start."""
    entry = Statement("one", "First.", "select 1", "a.sql")
    monkeypatch.setattr(queries, "parse", lambda _file, _content: [entry])
    with pytest.raises(ValueError, match="one stands twice"):
        queries.load()

"""Every statement by its name, read from `storage/sql/*.sql`.

A statement stands in its file as

    -- its_name --
    -- One sentence that says what it is for.
    select ...

with psycopg's placeholders, `%(parameter)s`, and `%(parameter)b` for an array, which is packed many
times faster. Names are unique over all files.
"""

import re
from importlib import resources
from typing import NamedTuple

_BLOCK = re.compile(r"^-- (?P<name>[a-z0-9_]+) --\n-- (?P<sentence>.+\.)\n", re.MULTILINE)


class Statement(NamedTuple):
    """One statement of a file."""

    name: str
    sentence: str
    text: str
    file: str


def parse(file: str, content: str) -> list[Statement]:
    """Split a file into its statements.

    Raises:
        ValueError: text before the first name, or a name that has no sentence or no statement.
    """
    heads = list(_BLOCK.finditer(content))
    if not heads or content[: heads[0].start()].strip():
        raise ValueError(f"{file} does not begin with a named statement")
    if len(heads) != len(re.findall(r"^-- [a-z0-9_]+ --$", content, re.MULTILINE)):
        raise ValueError(f"{file} has a name without its sentence")
    ends = [head.start() for head in heads[1:]] + [len(content)]
    return [
        _statement(file, head, content[head.end() : end])
        for head, end in zip(heads, ends, strict=True)
    ]


def _statement(file: str, head: re.Match[str], body: str) -> Statement:
    text = body.strip().removesuffix(";")
    if not text:
        raise ValueError(f"{file} has no statement under {head['name']}")
    return Statement(head["name"], head["sentence"], text, file)


def load() -> dict[str, Statement]:
    """Read all files.

    Raises:
        ValueError: a file is malformed, or a name is used twice.
    """
    statements: dict[str, Statement] = {}
    folder = resources.files("storage") / "sql"
    for path in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if path.name.endswith(".sql"):
            for statement in parse(path.name, path.read_text("utf-8")):
                if statement.name in statements:
                    raise ValueError(f"{statement.name} stands twice, last in {path.name}")
                statements[statement.name] = statement
    return statements


STATEMENTS = load()
"""Every statement by its name."""

SQL: dict[str, str] = {name: entry.text for name, entry in STATEMENTS.items()}
"""The text of every statement by its name: `connection.execute(SQL["name"], parameters)`."""

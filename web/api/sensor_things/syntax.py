"""The words of a query, cut where they end: inside quotes and parentheses nothing is cut."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from fastapi import HTTPException

MOST_TEXT = 4000
"""Characters of a filter; a longer one is refused."""
MOST_WORDS = 400
_WORD = re.compile(
    r"""(?P<space>\s+)
    |(?P<duration>duration'[^']*')
    |(?P<geometry>(?:geography|geometry)'[^']*')
    |(?P<text>'(?:[^']|'')*')
    |(?P<time>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?
        (?:Z|[+\- ][0-9]{2}:[0-9]{2}))
    |(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})
    |(?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+\-]?[0-9]+)?)
    |(?P<name>@?[A-Za-z_][A-Za-z0-9_.]*(?:/@?[A-Za-z_][A-Za-z0-9_.]*)*)
    |(?P<mark>[(),\-])""",
    re.VERBOSE,
)


class Word(NamedTuple):
    """One word of a filter."""

    kind: str
    """duration, geometry, text, time, date, number, name, mark or end"""
    text: str


def wrong(sentence: str) -> HTTPException:
    """Say what is wrong with a query."""
    return HTTPException(400, sentence)


def not_offered(sentence: str) -> HTTPException:
    """Say that the standard has it, and this service does not."""
    return HTTPException(501, sentence)


def words(text: str) -> list[Word]:
    """Cut a filter into words, with an `end` behind the last."""
    if len(text) > MOST_TEXT:
        raise wrong(f"A filter has at most {MOST_TEXT} characters.")
    found = list(_words(text))
    if len(found) > MOST_WORDS:
        raise wrong(f"A filter has at most {MOST_WORDS} words.")
    return [*found, Word("end", "")]


def _words(text: str) -> Iterator[Word]:
    at = 0
    while at < len(text):
        match = _WORD.match(text, at)
        if match is None:
            raise wrong(f"The filter is not understood from {text[at : at + 20]!r} on.")
        at = match.end()
        kind = str(match.lastgroup)
        if kind != "space":
            yield Word(kind, match[0])


def split(text: str, separator: str) -> list[str]:
    """Cut a text at a separator that stands outside quotes and parentheses."""
    pieces, depth, quoted, start = [], 0, False, 0
    for at, character in enumerate(text):
        if character == "'":
            quoted = not quoted
        elif quoted:
            continue
        elif character in "()":
            depth += 1 if character == "(" else -1
            if depth < 0:
                raise wrong("A parenthesis is closed that was not opened.")
        elif character == separator and depth == 0:
            pieces.append(text[start:at])
            start = at + 1
    if quoted or depth:
        raise wrong("A quote or a parenthesis is not closed.")
    return [*pieces, text[start:]]

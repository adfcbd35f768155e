"""From an address and its options to what is answered, through storage."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from fastapi import HTTPException

from storage.connection import Connection
from storage.entities import Entity
from storage.errors import DatabaseRefused
from storage.sensor_things import Found, Question, Related, Row, count, page
from web.api.sensor_things import tokens
from web.api.sensor_things.addresses import Address, Step
from web.api.sensor_things.documents import (
    Document,
    columns,
    data_arrays,
    entity_address,
    entity_document,
    list_document,
    next_address,
    related_document,
    value,
)
from web.api.sensor_things.options import Expand, Options
from web.api.sensor_things.syntax import wrong

MOST_RELATED = 20_000
"""Related entities that are read for one relation; each list of them is a page that goes on."""
_ALL = ""


@dataclass(frozen=True, slots=True)
class _Listing:
    """A page of a list."""

    found: Sequence[Found]
    number: int | None
    """Of the whole list, when it was asked for"""
    token: str | None
    """Where the list goes on; None: it does not"""


class Reader:
    """Answers questions about what is open.

    Args:
        connection: to the database.
        base: the address of the service.
        common: what stands in the properties of every entity.
    """

    def __init__(self, connection: Connection, base: str, common: Mapping[str, object]) -> None:
        self._connection = connection
        self._base = base
        self._common = common

    def set(self, address: Address, options: Options, written: str) -> Document:
        """Answer with a page of entities; `written` is the page's own address."""
        listing = self._listing(options, self._reach(address.steps))
        further = listing.token and next_address(written, options, listing.token)
        rows = [found.row for found in listing.found]
        if options.data_array:
            made = data_arrays(self._base, options, rows)
        else:
            made = self._documents(options, rows)
        return list_document(made, listing.number, further)

    def references(self, address: Address, options: Options, written: str) -> Document:
        """Answer with the addresses of entities."""
        listing = self._listing(options, self._reach(address.steps))
        further = listing.token and next_address(written, options, listing.token)
        entity = options.entity
        links: list[Document] = [
            {"@iot.selfLink": entity_address(self._base, entity, found.row["id"])}
            for found in listing.found
        ]
        return list_document(links, listing.number, further)

    def number(self, address: Address, options: Options) -> int:
        """Answer with the number of entities."""
        related = self._reach(address.steps)
        return self._counts(Question(options.entity, options.filter), related)[_key(related)]

    def one(self, address: Address, options: Options) -> Document:
        """Answer with an entity."""
        [document] = self._documents(options, [self._row(address.steps, columns(options))])
        return document

    def reference(self, address: Address) -> Document:
        """Answer with the address of an entity."""
        row = self._row(address.steps, ("id",))
        return {"@iot.selfLink": entity_address(self._base, address.steps[-1].entity, row["id"])}

    def property(self, address: Address) -> object:
        """Answer with the value of a property; None: it has none."""
        attribute = address.attribute
        assert attribute is not None  # noqa: S101 - the address is one of a property
        asked = tuple(filter(None, (attribute.column, attribute.end)))
        held = value(attribute, self._row(address.steps, asked))
        for member in address.members:
            if not isinstance(held, dict) or member not in held:
                raise HTTPException(404, f"{attribute.name} has no member {member!r}.")
            held = held[member]
        return held

    def _listing(self, options: Options, related: Related | None) -> _Listing:
        return self._listings(options, related, options.page)[_key(related)]

    def _listings(
        self, options: Options, related: Related | None, limit: int
    ) -> dict[str, _Listing]:
        """Read a page for each of the related values."""
        question = _question(options, limit + 1)
        try:
            pages = page(self._connection, question, self._common, related)
        except DatabaseRefused as error:
            raise wrong(f"The filter cannot be computed: {error}") from error
        numbers = self._counts(question, related) if options.count else {}
        return {
            key: _Listing(
                found[:limit],
                numbers.get(key, 0) if options.count else None,
                tokens.write(found[limit - 1].place) if 0 < limit < len(found) else None,
            )
            for key, found in pages.items()
        }

    def _counts(self, question: Question, related: Related | None) -> dict[str, int]:
        whole = Question(question.entity, question.filter)
        try:
            return count(self._connection, whole, self._common, related)
        except DatabaseRefused as error:
            raise wrong(f"The filter cannot be computed: {error}") from error

    def _documents(self, options: Options, rows: Sequence[Row]) -> list[Document]:
        related = [self._expanded(options.entity, expand, rows) for expand in options.expand]
        return [
            entity_document(self._base, options, row, _joined(put[number] for put in related))
            for number, row in enumerate(rows)
        ]

    def _expanded(
        self, entity: Entity, expand: Expand, rows: Sequence[Row]
    ) -> list[dict[str, Document]]:
        """Give for each entity what a relation puts into it."""
        link, options = expand.link, expand.options
        values = tuple({str(row[link.own]): None for row in rows})
        if not values:
            return []
        limit = min(options.page, max(1, MOST_RELATED // len(values)))
        listings = self._listings(options, Related(link.theirs, values), limit)
        found = [child.row for listing in listings.values() for child in listing.found]
        made = iter(self._documents(options, found))
        documents = {key: [next(made) for _ in listing.found] for key, listing in listings.items()}
        answers = []
        for row in rows:
            key = str(row[link.own])
            own = f"{entity_address(self._base, entity, row['id'])}/{link.name}"
            token = listings[key].token
            further = next_address(own, options, token) if token else None
            put = related_document(link, documents[key], listings[key].number, further)
            answers.append({link.name: put})
        return answers

    def _reach(self, steps: Sequence[Step]) -> Related | None:
        """Give the relation by which the last step's entities are asked for."""
        last = steps[-1]
        if last.link is None:
            return None
        row = self._row(steps[:-1], (last.link.own,))
        return Related(last.link.theirs, (str(row[last.link.own]),))

    def _row(self, steps: Sequence[Step], asked: tuple[str, ...]) -> Row:
        """Read the one entity that steps lead to; 404 when there is none."""
        last = steps[-1]
        related = self._reach(steps)
        question = Question(last.entity, identifier=last.key, limit=1, columns=asked)
        found = page(self._connection, question, self._common, related)[_key(related)]
        if not found:
            raise HTTPException(404, f"There is nothing like this in {last.entity.name}.")
        return found[0].row


def _question(options: Options, limit: int) -> Question:
    question = Question(
        options.entity, options.filter, options.order, limit=limit, columns=columns(options)
    )
    if options.token is None:
        return replace(question, skip=options.skip)
    return replace(question, after=tokens.read(options.token, question.whole_order))


def _key(related: Related | None) -> str:
    return related.values[0] if related else _ALL


def _joined(parts: Iterable[dict[str, Document]]) -> dict[str, Document]:
    return {name: document for part in parts for name, document in part.items()}

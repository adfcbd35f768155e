"""Entities as JSON, with the control information that the standard puts into them."""

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from urllib.parse import quote, urlencode

from storage.entities import Entity, Link
from storage.expressions import Attribute, Type
from storage.sensor_things import Row
from web.api.sensor_things.options import Options

Document = dict[str, object]

DATA_ARRAY = ("id", "phenomenonTime", "result", "resultTime", "resultQuality", "parameters")
"""The components of a data array, unless some are selected."""


def selected(options: Options) -> list[Attribute]:
    """Give the properties that an answer shows, in the entity's own order."""
    return [
        attribute
        for name, attribute in options.entity.attributes.items()
        if name != "id" and (options.select is None or name in options.select)
    ]


def columns(options: Options) -> tuple[str, ...]:
    """Give the columns that an answer needs."""
    needed = ["id", *(expand.link.own for expand in options.expand)]
    for attribute in selected(options):
        needed += [attribute.column, attribute.end] if attribute.end else [attribute.column]
    if options.data_array:
        needed.append("datastream_id")
    return tuple(dict.fromkeys(needed))


def value(attribute: Attribute, row: Row) -> object:
    """Give a property as JSON has it."""
    held = row[attribute.column]
    if attribute.type is Type.PERIOD and held is not None:
        return f"{_written(held)}/{_written(row[attribute.end])}"
    return _written(held)


def _written(held: object) -> object:
    if isinstance(held, datetime):
        return held.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(held, float) and not math.isfinite(held):
        return None
    return held


def entity_address(base: str, entity: Entity, identifier: object) -> str:
    """Give the address of an entity."""
    key = quote(str(identifier).replace("'", "''"), safe="")
    return f"{base}/{entity.name}('{key}')"


def entity_document(
    base: str, options: Options, row: Row, related: Mapping[str, Document]
) -> Document:
    """Give an entity.

    Args:
        base: the address of the service.
        options: which of its properties and relations are shown.
        row: its columns.
        related: what its relations that are expanded put in, by their names.
    """
    entity, chosen = options.entity, options.select
    own = entity_address(base, entity, row["id"])
    document: Document = {}
    if chosen is None or "id" in chosen:
        document |= {"@iot.id": row["id"], "@iot.selfLink": own}
    document |= {attribute.name: value(attribute, row) for attribute in selected(options)}
    for name in entity.links:
        if name in related:
            document |= related[name]
        elif chosen is None or name in chosen:
            document[f"{name}@iot.navigationLink"] = f"{own}/{name}"
    return document


def related_document(
    link: Link, entities: Sequence[Document], count: int | None, further: str | None
) -> Document:
    """Give what a relation that is expanded puts into an entity."""
    if not link.many:
        return {link.name: entities[0] if entities else None}
    document: Document = {link.name: list(entities)}
    if count is not None:
        document[f"{link.name}@iot.count"] = count
    if further is not None:
        document[f"{link.name}@iot.nextLink"] = further
    return document


def list_document(entities: Sequence[Document], count: int | None, further: str | None) -> Document:
    """Give a page of entities."""
    document: Document = {} if count is None else {"@iot.count": count}
    if further is not None:
        document["@iot.nextLink"] = further
    document["value"] = list(entities)
    return document


def data_arrays(base: str, options: Options, rows: Sequence[Row]) -> list[Document]:
    """Give readings as one array for each Datastream, in the order of the list."""
    wanted = [name for name in DATA_ARRAY if options.select is None or name in options.select]
    attributes = [options.entity.attributes[name] for name in wanted]
    arrays: dict[object, list[list[object]]] = {}
    for row in rows:
        arrays.setdefault(row["datastream_id"], []).append([value(a, row) for a in attributes])
    return [
        {
            "Datastream@iot.navigationLink": f"{base}/Datastreams('{quote(str(stream), safe='')}')",
            "components": wanted,
            "dataArray@iot.count": len(array),
            "dataArray": array,
        }
        for stream, array in arrays.items()
    ]


def next_address(address: str, options: Options, token: str) -> str:
    """Give the address of the page behind a place; how many were skipped is past."""
    kept = [pair for pair in options.written if pair[0] not in ("$skip", "$skiptoken")]
    query = urlencode([*kept, ("$skiptoken", token)], quote_via=quote, safe="$(),;'/")
    return f"{address}?{query}"

"""The service's own description (OpenAPI), as a page shows it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Parameter:
    """Something that an address takes."""

    name: str
    where: str
    """query or path"""
    description: str
    choices: tuple[str, ...]
    default: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One address, and what it answers."""

    address: str
    summary: str
    description: str
    parameters: tuple[Parameter, ...]
    media: tuple[str, ...]


def operations(document: Mapping[str, Any]) -> dict[str, list[Operation]]:
    """Give the operations of a description by their groups, in its own order."""
    schemas = document.get("components", {}).get("schemas", {})
    groups: dict[str, list[Operation]] = {}
    for address, methods in document["paths"].items():
        told = methods.get("get")
        if told is not None:
            for group in told.get("tags", ()):
                groups.setdefault(group, []).append(_operation(address, told, schemas))
    return groups


def _operation(address: str, told: Mapping[str, Any], schemas: Mapping[str, Any]) -> Operation:
    return Operation(
        address=address,
        summary=told["summary"],
        description=told.get("description", ""),
        parameters=tuple(_parameter(entry, schemas) for entry in told.get("parameters", ())),
        media=tuple(told["responses"].get("200", {}).get("content", {})),
    )


def _parameter(told: Mapping[str, Any], schemas: Mapping[str, Any]) -> Parameter:
    schema = told.get("schema", {})
    named = schema.get("$ref", "").rpartition("/")[2]
    values = schemas.get(named, schema).get("enum", ())
    return Parameter(
        name=told["name"],
        where=told["in"],
        description=told.get("description", "") or schema.get("description", ""),
        choices=tuple(str(value) for value in values if value != ""),
        default=str(schema.get("default", "")),
    )

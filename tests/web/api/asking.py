"""How the tests ask the open API."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from starlette.testclient import TestClient

ROOT = "/sensorthings/v1.1"


def ask(client: TestClient, address: str, **options: str) -> Any:  # noqa: ANN401 - a JSON document
    """Give the answer to a question that the SensorThings API understands; options without `$`."""
    answer = client.get(written(address, **options))
    assert answer.status_code == 200, answer.text
    return answer.json()


def written(address: str, **options: str) -> str:
    """Write an address below the root with its options."""
    query = "&".join(f"${name}={quote(text, safe='')}" for name, text in options.items())
    return f"{ROOT}{address}{'?' if query else ''}{query}"


def values(client: TestClient, address: str, **options: str) -> list[dict[str, Any]]:
    """Give the entities of a page."""
    found: list[dict[str, Any]] = ask(client, address, **options)["value"]
    return found


def names(client: TestClient, address: str, **options: str) -> list[str]:
    """Give the names of the entities of a page, in alphabetical order."""
    return sorted(entity["name"] for entity in values(client, address, **options))


def refusal(client: TestClient, address: str, **options: str) -> tuple[int, str]:
    """Give how a question is refused: by a problem document."""
    answer = client.get(written(address, **options))
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    document = answer.json()
    assert document["status"] == answer.status_code
    return answer.status_code, document["detail"]


def all_pages(client: TestClient, address: str, **options: str) -> Iterator[dict[str, Any]]:
    """Follow a list to its end."""
    document = ask(client, address, **options)
    yield from document["value"]
    while "@iot.nextLink" in document:
        answer = client.get(document["@iot.nextLink"])
        assert answer.status_code == 200, answer.text
        document = answer.json()
        yield from document["value"]

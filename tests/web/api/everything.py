"""All that the open API gives away, to be searched for what it may not."""

from collections.abc import Iterator

from starlette.testclient import TestClient

from storage.entities import ENTITIES
from tests.web.api.asking import ROOT
from web.api.smart_data import Model

PERIOD = "from=2026-05-11T12:00:00Z&to=2026-05-13T00:00:00Z&limit=50000"
TABLES = (
    *(f"/api/v1/places?format={form}" for form in ("json", "geojson", "csv")),
    *(f"/api/v1/latest?format={form}" for form in ("json", "geojson", "csv")),
    *(f"/api/v1/readings?{PERIOD}&format={form}" for form in ("json", "geojson", "csv")),
    *(f"/api/v1/hourly?{PERIOD}&format={form}" for form in ("json", "geojson", "csv")),
    *(f"/api/v1/smart-data-models/{model}" for model in Model),
    *("/api/v1/parking", "/api/v1/dictionary", "/api/v1/catalogue", "/docs", "/openapi.json"),
)


def everything(client: TestClient) -> dict[str, str]:
    """Give every answer by its address: all pages of all sets, with all their relations."""
    answers = {address: _text(client, address) for address in TABLES}
    for name, entity in ENTITIES.items():
        expand = ",".join(entity.links)
        for number, text in enumerate(
            _pages(client, f"{ROOT}/{name}?$count=true&$expand={expand}")
        ):
            answers[f"{name} {number}"] = text
    return answers


def _pages(client: TestClient, address: str) -> Iterator[str]:
    following: str | None = address
    while following:
        answer = client.get(following)
        assert answer.status_code == 200, answer.text
        yield answer.text
        following = answer.json().get("@iot.nextLink")


def _text(client: TestClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    return answer.text

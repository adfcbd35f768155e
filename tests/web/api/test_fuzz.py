"""The open API against its own description: whatever is sent, no failure and no refusal unsaid."""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import Case
from starlette.testclient import TestClient

_REFUSALS = {400, 404, 405, 422, 429, 501, 503}
_ADDRESSES = (
    *("/api/v1/places", "/api/v1/places/{place}", "/api/v1/latest", "/api/v1/readings"),
    *("/api/v1/hourly", "/api/v1/parking", "/api/v1/smart-data-models/{model}"),
    *("/api/v1/dictionary", "/api/v1/catalogue", "/sensorthings/v1.1"),
    *("/sensorthings/v1.1/{collection}", "/sensorthings/v1.1/{collection}('{identifier}')"),
    "/sensorthings/v1.1/{path}",
)


@pytest.fixture(scope="module")
def description(public: TestClient) -> Any:  # noqa: ANN401 - a JSON document
    """Give what the API says of itself."""
    return public.get("/openapi.json").json()


def test_every_address_is_attacked(description: Any) -> None:  # noqa: ANN401 - a JSON document
    """No address of the open API is left out of what follows."""
    told = {path for path in description["paths"] if path.startswith(("/api/v1", "/sensorthings"))}
    assert told == set(_ADDRESSES)


@pytest.mark.parametrize("address", _ADDRESSES)
def test_no_failure_and_every_refusal_in_words(
    public: TestClient,
    description: Any,  # noqa: ANN401 - a JSON document
    address: str,
) -> None:
    """An address answers what its description allows, or refuses with a problem document."""
    operation = schemathesis.openapi.from_dict(description)[address]["GET"]

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(operation.as_strategy())
    def attack(case: Case[Any]) -> None:
        _check(public, case, operation.definition.raw["responses"])

    attack()


def _check(client: TestClient, case: Case[Any], described: dict[str, Any]) -> None:
    answer = client.get(case.formatted_path, params=case.query)
    media = answer.headers.get("content-type", "")
    told = (case.formatted_path, case.query, answer.status_code, answer.text[:300])
    if answer.status_code in _REFUSALS:
        assert media == "application/problem+json", told
        document = answer.json()
        assert document["status"] == answer.status_code, told
        assert document["detail"], told
        return
    assert answer.status_code in (200, 204), told
    if case.path.startswith("/api/") and answer.status_code == 200:
        allowed = set(described["200"]["content"]) | {"application/geo+json", "application/ld+json"}
        assert media.split(";")[0] in allowed, told

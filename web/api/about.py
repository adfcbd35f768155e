"""What is told of the open data themselves: the data dictionary, the catalogue, and how to ask.

The catalogue is DCAT in JSON-LD, for data.gov.uk and the London data service to harvest.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, JSONResponse

from storage import open_data
from storage.open_catalogue import OPEN_PROPERTIES, UNIT_NAMES
from storage.open_data import Coverage
from web.api.columns import TABLES
from web.api.licence import LICENCE_ADDRESS, base_address, terms
from web.api.open_route import PROBLEM_RESPONSES, OpenRoute, json_answer
from web.api.reference import operations
from web.api.smart_data import Model
from web.config import WebConfig
from web.rendering import page
from web.session import AnyBody, Database

router = APIRouter(
    prefix="/api/v1", route_class=OpenRoute, tags=["Open data"], responses=PROBLEM_RESPONSES
)
pages = APIRouter(include_in_schema=False)

_CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}


@dataclass(frozen=True, slots=True)
class Dataset:
    """A part of the open data, as a catalogue lists it."""

    name: str
    title: str
    description: str
    distributions: Mapping[str, str]
    """Address to media type"""


_DATASETS = (
    Dataset(
        "air",
        "Outdoor air",
        "Particles, gases, weather and sound outdoors, by sensors that are only indicative.",
        {
            "/api/v1/latest?format=csv": "text/csv",
            "/api/v1/hourly?format=csv": "text/csv",
            "/api/v1/latest?format=geojson": "application/geo+json",
            f"/api/v1/smart-data-models/{Model.AIR}": "application/ld+json",
            "/sensorthings/v1.1": "application/json",
        },
    ),
    Dataset(
        "parking",
        "Parking",
        "Which public bays are free, and the figures of parking zones of three bays and more.",
        {
            "/api/v1/parking": "application/json",
            "/api/v1/places?kind=bay&format=geojson": "application/geo+json",
            f"/api/v1/smart-data-models/{Model.ON_STREET}": "application/ld+json",
            "/sensorthings/v1.1": "application/json",
        },
    ),
)
_CONTINUOUS = "http://publications.europa.eu/resource/authority/frequency/UPDATE_CONT"


@router.get("/dictionary", summary="What every column, property and flag means")
def dictionary(request: Request) -> JSONResponse:
    """Give the data dictionary."""
    tables = {
        name: [
            {"name": column.name, "type": column.kind.value, "description": column.description}
            for column in columns
        ]
        for name, columns in TABLES.items()
    }
    properties = [
        {
            "name": entry.name,
            "title": entry.title,
            "description": entry.description,
            "unit": entry.unit,
            "unit_name": UNIT_NAMES[entry.unit][0],
            "definition": entry.definition,
            "has_hourly_means": entry.hourly,
        }
        for entry in OPEN_PROPERTIES.values()
    ]
    return json_answer({**terms(request), "tables": tables, "properties": properties})


@router.get("/catalogue", summary="The open data as DCAT")
def catalogue(request: Request, database: Database) -> JSONResponse:
    """Give the catalogue of the open data as JSON-LD."""
    base = base_address(request)
    covered = open_data.coverage(database)
    document = {
        "@context": _CONTEXT,
        "@id": f"{base}/api/v1/catalogue",
        "@type": "dcat:Catalog",
        "dct:title": f"Open data of {_config(request).council}",
        "dct:description": "Outdoor air and parking, measured by sensors of the borough.",
        "dct:publisher": _publisher(request),
        "dct:license": {"@id": LICENCE_ADDRESS},
        "dct:language": "en-GB",
        "dcat:dataset": [_dataset(request, covered, told) for told in _DATASETS],
        **terms(request),
    }
    return json_answer(document, media_type="application/ld+json")


def _dataset(request: Request, covered: Coverage, told: Dataset) -> dict[str, object]:
    base = base_address(request)
    contact = _config(request).contact
    dataset: dict[str, object] = {
        "@id": f"{base}/api/v1/catalogue#{told.name}",
        "@type": "dcat:Dataset",
        "dct:identifier": told.name,
        "dct:title": told.title,
        "dct:description": told.description,
        "dct:publisher": _publisher(request),
        "dct:license": {"@id": LICENCE_ADDRESS},
        "dct:accrualPeriodicity": {"@id": _CONTINUOUS},
        "dcat:landingPage": {"@id": f"{base}/open-data"},
        "dcat:distribution": [
            {
                "@type": "dcat:Distribution",
                "dcat:accessURL": {"@id": base + address},
                "dcat:mediaType": media,
                "dct:license": {"@id": LICENCE_ADDRESS},
            }
            for address, media in told.distributions.items()
        ],
    }
    if contact:
        mail = f"mailto:{contact}" if "@" in contact else contact
        dataset["dcat:contactPoint"] = {"@type": "vcard:Kind", "vcard:hasEmail": {"@id": mail}}
    return dataset | _extent(covered)


def _extent(covered: Coverage) -> dict[str, object]:
    """Give the time and the place that the data are of, as far as they are known."""
    extent: dict[str, object] = {}
    if covered.since is not None:
        start = covered.since.astimezone(UTC).isoformat()
        period = {"@type": "xsd:dateTime", "@value": start}
        extent["dct:temporal"] = {"@type": "dct:PeriodOfTime", "dcat:startDate": period}
    if covered.west is not None:
        west, south, east, north = covered.west, covered.south, covered.east, covered.north
        corners = ((west, south), (east, south), (east, north), (west, north), (west, south))
        box = ", ".join(f"{x} {y}" for x, y in corners)
        extent["dct:spatial"] = {"@type": "dct:Location", "dcat:bbox": f"POLYGON(({box}))"}
    return extent


def _config(request: Request) -> WebConfig:
    config: WebConfig = request.app.state.config
    return config


def _publisher(request: Request) -> dict[str, str]:
    return {"@type": "foaf:Organization", "foaf:name": _config(request).council}


@router.get("/{path:path}", include_in_schema=False)
def nothing(path: str) -> JSONResponse:
    """Refuse what is not there, under the rate limit too."""
    raise HTTPException(404, f"There is no {path[:100]!r} in the open API.")


@pages.get("/docs")
def reference_page(request: Request, _: AnyBody) -> HTMLResponse:
    """Describe every address of the open API, from its own description."""
    return page(
        request,
        "api.html",
        title="The open API",
        groups=operations(request.app.openapi()),
        base=base_address(request),
    )

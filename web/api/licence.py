"""Whose data it is, and under which licence: in every document of the open API."""

from fastapi import Request

from web.config import WebConfig

LICENCE = "Open Government Licence v3.0"
LICENCE_ADDRESS = "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/"


def attribution(request: Request) -> str:
    """Give what somebody who uses the data must say."""
    config: WebConfig = request.app.state.config
    return f"Contains information of {config.council} licensed under the {LICENCE}."


def instance(request: Request) -> str:
    """Say whether the data are real (`live`) or made up (`simulation`)."""
    return "simulation" if request.app.state.simulation else "live"


def terms(request: Request) -> dict[str, str]:
    """Give what stands in every document."""
    return {
        "licence": LICENCE_ADDRESS,
        "attribution": attribution(request),
        "instance": instance(request),
    }


def base_address(request: Request) -> str:
    """Give the address of the service as the client knows it, without a slash at its end."""
    return str(request.base_url).rstrip("/")

"""Why a device is silent, in words for a page: the device, a gateway, the network server, or us."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from alerts.silence_cause import Cause
from storage import pages_rules, silent_devices
from storage.connection import Connection
from storage.pages_alerts import Episode
from storage.silent_devices import Silent
from web import wording

WORDS: Mapping[Cause, str] = {
    Cause.DEVICE: "the device",
    Cause.GATEWAY: "its gateway",
    Cause.NETWORK_SERVER: "the network server",
    Cause.US: "our side: the broker, or this service",
    Cause.UNKNOWN: "not known",
}
_TO_DO: Mapping[Cause, str] = {
    Cause.DEVICE: "",
    Cause.GATEWAY: "Look at the gateway first: its power and its connection.",
    Cause.NETWORK_SERVER: "Nobody need visit the device: look at the network server.",
    Cause.US: "Nobody need visit the device: look at the broker, and at this service.",
    Cause.UNKNOWN: "",
}


def silent_among(
    connection: Connection, dev_euis: Iterable[str], now: datetime
) -> dict[str, Silent]:
    """Find those of some devices that are silent, each with its cause, by dev_eui."""
    names = list(dev_euis)
    if not names:
        return {}
    found = silent_devices.found(connection, now, most=len(names), only=names, clock=wording.when)
    return {each.dev_eui: each for each in found}


def sentence(silent: Silent) -> str:
    """Say where a silence comes from, why that is thought, and what to look at."""
    finding = silent.finding
    cause = WORDS[finding.cause]
    said = (
        f"Why it is silent is not known: {finding.why}."
        if finding.cause is Cause.UNKNOWN
        else f"The silence comes from {cause}: {finding.why}."
    )
    return f"{said} {_TO_DO[finding.cause]}".strip()


def of_episode(connection: Connection, found: Episode, now: datetime) -> str:
    """Say why the device of an open alert on silence is not heard; empty for any other."""
    if found.status != "firing" or not pages_rules.is_on_silence(connection, found.rule_id):
        return ""
    return " ".join(map(sentence, silent_among(connection, [found.dev_eui], now).values()))

"""`devices silent` and `devices logs`: why is a device not heard, and what needs somebody?"""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from boroughsense import options
from boroughsense.commands.decoders import JsonOption
from boroughsense.commands.storage import DatabaseOption, SinceOption, connected

if TYPE_CHECKING:
    from storage.connection import Connection

LimitOption = Annotated[int, typer.Option(min=1, max=100_000)]


def register(devices: typer.Typer) -> None:
    """Add the commands to the group."""
    devices.command("silent")(list_silent)
    devices.command("logs")(list_logs)


def list_silent(
    *, limit: LimitOption = 1000, database_url: DatabaseOption = None, as_json: JsonOption = False
) -> None:
    """List silent devices with the cause: the device, a gateway, the network server, or us."""
    from storage.silent_devices import found

    with connected(options.settings(database_url=database_url)) as connection:
        rows = [
            {
                "dev_eui": silent.dev_eui,
                "name": silent.name,
                "last_heard": options.clock(silent.device.last_heard),
                "cause": silent.finding.cause,
                "why": silent.finding.why,
                "gateways": sorted(silent.device.gateways),
            }
            for silent in found(connection, _now(connection), most=limit)
        ]
    if as_json:
        options.answer({"devices": rows})
    else:
        options.table(rows, ("dev_eui", "name", "last_heard", "cause", "why"))


def list_logs(
    *,
    since: SinceOption = "7d",
    limit: LimitOption = 1000,
    database_url: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """List what the network server logs of devices; `open` is what needs somebody now."""
    from storage.silent_devices import logged

    start = options.moment(since or "7d")
    with connected(options.settings(database_url=database_url)) as connection:
        now = _now(connection)
        rows = [
            {
                "dev_eui": log.dev_eui,
                "name": log.name,
                "code": log.code,
                "first": options.clock(log.first),
                "last": options.clock(log.last),
                "number": log.number,
                "open": log.is_open(now),
                "description": log.description,
                "advice": log.advice,
            }
            for log in logged(connection, start, most=limit)
        ]
    if as_json:
        options.answer({"logs": rows})
    else:
        options.table(rows, ("dev_eui", "name", "code", "number", "last", "open", "advice"))


def _now(connection: "Connection") -> datetime:
    """Give the clock that devices are late by: the wall's, in a simulation the newest reading's."""
    from storage.instance import Mode, mode
    from storage.schedules import newest_reading

    wall = datetime.now(UTC)
    return wall if mode(connection) is Mode.LIVE else newest_reading(connection) or wall

"""Uplinks as they were stored, to be published again."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import msgspec
from psycopg.rows import class_row

from decoders.model import Reception
from storage.connection import Connection, translated
from storage.queries import SQL

_TAGS = msgspec.json.Decoder(dict[str, str])
_RECEPTIONS = msgspec.json.Decoder(tuple[Reception, ...])
_OBJECT = msgspec.json.Decoder(dict[str, object])


@dataclass(frozen=True, slots=True)
class PastUplink:
    """An uplink, with its device as it is known now."""

    deduplication_id: str
    dev_eui: str
    device_name: str
    device_profile: str
    application: str
    tags: str
    """JSON"""
    dev_addr: str
    f_port: int
    f_cnt: int
    confirmed: bool
    payload: bytes
    time: datetime
    """Its own time, or when it arrived"""
    time_source: str | None
    warnings: list[str]
    receptions: str
    """JSON"""
    decoded: str | None
    """JSON: what the network server made of the payload, where the codec reads that alone"""

    def told_tags(self) -> dict[str, str]:
        """Give the device's tags."""
        return _TAGS.decode(self.tags)

    def told_receptions(self) -> tuple[Reception, ...]:
        """Give every gateway's copy."""
        return _RECEPTIONS.decode(self.receptions)

    def told_object(self) -> dict[str, object] | None:
        """Give what the network server decoded."""
        return None if self.decoded is None else _OBJECT.decode(self.decoded)


def past_uplinks(
    connection: Connection, since: datetime | None, until: datetime | None
) -> Iterator[PastUplink]:
    """Give the uplinks of a stretch of time, from the earliest, without holding all of them."""
    bounds = {"since": since, "until": until}
    with translated(), connection.cursor(row_factory=class_row(PastUplink)) as cursor:
        yield from cursor.stream(SQL["past_uplinks_read"], bounds)

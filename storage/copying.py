"""Binary COPY of rows that are packed already."""

from collections.abc import Iterable

from storage.connection import Connection
from storage.packing import COPY_END, COPY_HEADER
from storage.queries import SQL


def copy(connection: Connection, statement: str, rows: Iterable[bytes]) -> None:
    """Send rows, or their pieces in order, through a named `copy ... from stdin`."""
    with connection.cursor() as cursor, cursor.copy(SQL[statement]) as stream:
        stream.write(b"".join((COPY_HEADER, *rows, COPY_END)))

"""A few connections for many requests: what the pages read through."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

import psycopg
from psycopg_pool import ConnectionPool, PoolTimeout

from storage.connection import Connection, session_settings, translated
from storage.errors import DatabaseUnavailable

STATEMENT_SECONDS = 15
"""A page's statement that takes longer is ended by the server."""


class Pool:
    """Connections that are lent for one request each.

    Args:
        dsn: the database.
        size: how many connections at most.
        wait: seconds that a request waits for one.
    """

    def __init__(self, dsn: str, *, size: int = 8, wait: float = 5.0) -> None:
        timeout = f"-c statement_timeout={STATEMENT_SECONDS}s"
        self._pool: ConnectionPool[psycopg.Connection] = ConnectionPool(
            dsn,
            min_size=1,
            max_size=size,
            timeout=wait,
            open=False,
            kwargs={**session_settings(dsn, timeout), "application_name": "boroughsense-web"},
        )

    def __enter__(self) -> Self:
        self._pool.open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._pool.close()

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """Lend a connection.

        Raises:
            DatabaseUnavailable: none is free in time, or the server is away.
        """
        try:
            lent = self._pool.getconn()
        except PoolTimeout as error:
            raise DatabaseUnavailable(f"no connection: {error}") from error
        try:
            with translated():
                yield lent
        finally:
            self._pool.putconn(lent)

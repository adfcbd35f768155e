"""The server of the pages: it sends away who waits for news before it stops."""

from socket import socket

import uvicorn
from fastapi import FastAPI

_PATIENCE = 5
"""Seconds that requests have to end"""


class Server(uvicorn.Server):
    """Serves the application until told to stop.

    Args:
        app: made by `web.app.create_app`.
        host: the address to listen on.
        port: 0 for any free one.
    """

    def __init__(self, app: FastAPI, host: str, port: int) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                host=host,
                port=port,
                log_level="warning",
                server_header=False,
                timeout_graceful_shutdown=_PATIENCE,
                ws="none",
            )
        )
        self._app = app

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        """Stop; streams end by themselves within a second."""
        self._app.state.streams.closed = True
        await super().shutdown(sockets)

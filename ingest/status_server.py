"""The pages for supervisors: /health/live, /health/ready and /metrics, over plain HTTP.

They say nothing of anybody's readings; still, bind them to where the supervisor is.
"""

import json
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

from ingest.status import Status

_PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"
_JSON = "application/json"


class StatusServer:
    """Serves the status of one service.

    Args:
        host: where to listen.
        port: the same; 0: any free one, see `port`.
        status: what to tell.

    Raises:
        OSError: somebody else listens there, or nobody may.
    """

    def __init__(self, host: str, port: int, status: Status) -> None:
        handler = type("Handler", (_Handler,), {"status": status})
        self._server = ThreadingHTTPServer((host, port), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, name="status", daemon=True
        )

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Answer no longer."""
        if self._thread.is_alive():
            self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    """Answers one request."""

    status: ClassVar[Status]
    server_version = "Boroughsense"
    sys_version = ""
    timeout = 10

    def do_GET(self) -> None:
        """Answer one of the three pages."""
        match self.path.partition("?")[0]:
            case "/health/live":
                alive = self.status.is_alive
                self._answer({"live": alive}, is_well=alive)
            case "/health/ready":
                problems, remarks = self.status.problems(), self.status.remarks()
                told = {"ready": not problems, "problems": problems}
                self._answer(told | ({"remarks": remarks} if remarks else {}), is_well=not problems)
            case "/metrics":
                self._send(HTTPStatus.OK, _PROMETHEUS, self.status.page())
            case _:
                self._send(HTTPStatus.NOT_FOUND, _JSON, "{}")

    def _answer(self, document: object, *, is_well: bool) -> None:
        code = HTTPStatus.OK if is_well else HTTPStatus.SERVICE_UNAVAILABLE
        self._send(code, _JSON, json.dumps(document))

    def _send(self, code: HTTPStatus, kind: str, text: str) -> None:
        body = text.encode()
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """Log no request: a supervisor asks every few seconds."""

"""A webhook: each message as one signed JSON POST to another system.

    POST /path
    Content-Type: application/json
    Idempotency-Key: <the same when it is sent again>
    Boroughsense-Timestamp: <seconds since 1970>
    Boroughsense-Signature: sha256=<hex>

The signature is HMAC-SHA256, with the shared secret, over the timestamp, a full stop and the body.
A receiver computes it again, compares in constant time, and refuses a timestamp that is older than
some minutes. Any answer of 200 to 299 means that the message was taken; a redirect is not followed.
"""

import hashlib
import hmac
import http.client
import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import urlsplit

import msgspec

from alerts.notify.channel import NotSent, refuse_in_simulation
from alerts.notify.message import Message
from alerts.notify.post import Post

TIMEOUT_SECONDS = 10.0
SIGNATURE = "Boroughsense-Signature"
TIMESTAMP = "Boroughsense-Timestamp"


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """Give the signature of a body sent at a time."""
    signed = timestamp.encode() + b"." + body
    return "sha256=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


class WebhookChannel:
    """Posts each message to one address.

    Args:
        mode: what the instance is for.
        url: http or https; a user and password in it are not sent.
        secret: for the signature; empty: no signature.
        timeout: seconds for the connection, and again for the answer.

    Raises:
        NobodyToTell: the instance is a simulation.
    """

    name = "webhook"
    reaches_people = True

    def __init__(
        self,
        mode: str,
        url: str,
        secret: str = "",
        *,
        timeout: float = TIMEOUT_SECONDS,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        refuse_in_simulation(mode, self.name)
        self._parts = urlsplit(url)
        self._secret = secret
        self._timeout = timeout
        self._now = now

    def send(self, message: Message | Post, idempotency_key: str) -> None:
        """Post the message.

        Raises:
            NotSent: no connection, no answer in time, or an answer that is not a success.
        """
        body = msgspec.json.encode({"subject": message.subject, **msgspec.to_builtins(message)})
        try:
            status = self._post(body, self._headers(body, idempotency_key))
        except (OSError, http.client.HTTPException) as error:
            raise NotSent(
                f"{self._parts.hostname}: {str(error) or type(error).__name__}"
            ) from error
        if not 200 <= status < 300:
            raise NotSent(f"{self._parts.hostname} answered {status}")

    def _headers(self, body: bytes, idempotency_key: str) -> dict[str, str]:
        timestamp = str(int(self._now().timestamp()))
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "boroughsense",
            "Idempotency-Key": idempotency_key,
            TIMESTAMP: timestamp,
        }
        if self._secret:
            headers[SIGNATURE] = sign(self._secret, timestamp, body)
        return headers

    def _post(self, body: bytes, headers: dict[str, str]) -> int:
        connection = self._connection()
        try:
            path = self._parts.path or "/"
            target = f"{path}?{self._parts.query}" if self._parts.query else path
            connection.request("POST", target, body, headers)
            return connection.getresponse().status
        finally:
            connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        host, port = self._parts.hostname or "", self._parts.port
        if self._parts.scheme == "https":
            context = ssl.create_default_context()
            return http.client.HTTPSConnection(host, port, timeout=self._timeout, context=context)
        return http.client.HTTPConnection(host, port, timeout=self._timeout)

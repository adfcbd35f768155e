"""How often one client may ask: a bucket for each address, filled evenly.

Kept in memory: several processes each allow the rate. An IPv6 client is its /64, since a household
or a server is given that many addresses and more.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address, ip_network
from threading import Lock

MOST_CLIENTS = 20_000
"""Clients that are remembered; the one that has not asked for longest is forgotten first."""


class RateLimit:
    """Allows each client so many requests a minute, of which all may come at once.

    Args:
        per_minute: requests; 0 allows any number.
        clock: seconds that only go forward.
    """

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_minute = per_minute
        self._clock = clock
        self._lock = Lock()
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        """Client to the requests left at a time"""

    def wait(self, address: str) -> int:
        """Count a request; give 0, or after how many whole seconds it may be repeated."""
        if not self._per_minute:
            return 0
        now, client = self._clock(), client_of(address)
        with self._lock:
            left, since = self._buckets.pop(client, (float(self._per_minute), now))
            left = min(self._per_minute, left + (now - since) * self._per_minute / 60)
            allowed = left >= 1
            self._buckets[client] = (left - 1 if allowed else left, now)
            if len(self._buckets) > MOST_CLIENTS:
                self._buckets.popitem(last=False)
        return 0 if allowed else 1 + int((1 - left) * 60 / self._per_minute)


def client_of(address: str) -> str:
    """Give whose address it is: itself, or the /64 that it lies in."""
    try:
        known = ip_address(address)
    except ValueError:
        return address
    if not isinstance(known, IPv6Address):
        return address
    if known.ipv4_mapped is not None:
        return str(known.ipv4_mapped)
    return str(ip_network((known, 64), strict=False))

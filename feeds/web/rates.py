"""How often one client may sign somebody up: a token bucket for each network, in memory."""

from __future__ import annotations

import ipaddress
import math
from collections import OrderedDict
from threading import Lock


class SignUpRate:
    """Buckets of ``burst`` tokens that fill up by one every ``seconds``.

    A bucket serves a network, as whoever has one IPv6 address has a /64 of them. The clock is the
    caller's; the oldest buckets are forgotten when there are more than ``remembered``.
    """

    def __init__(self, *, burst: int = 10, seconds: float = 30.0, remembered: int = 10_000) -> None:
        self._burst, self._seconds, self._remembered = burst, seconds, remembered
        self._empty_until: OrderedDict[str, float] = OrderedDict()
        """Bucket → the moment at which it would be full again; a bucket that is full needs no entry."""
        self._lock = Lock()

    def wait(self, client: str, now: float) -> int:
        """Take a token: 0, or the whole seconds until there is one."""
        network = network_of(client)
        with self._lock:
            full_at = max(self._empty_until.get(network, now), now) + self._seconds
            missing = full_at - now - self._burst * self._seconds
            if missing > 0:
                return math.ceil(missing)
            self._empty_until[network] = full_at
            self._empty_until.move_to_end(network)
            if len(self._empty_until) > self._remembered:
                self._empty_until.popitem(last=False)
            return 0


def network_of(client: str) -> str:
    """The /24 or /64 around the address; a text that is no address stands for itself."""
    try:
        address = ipaddress.ip_address(client.partition("%")[0])
    except ValueError:
        return client
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return str(ipaddress.ip_network((address, 24 if address.version == 4 else 64), strict=False))

"""How much one client may ask for: a bucket of tokens for each, which fills up with time. Knows no routes."""

import ipaddress
import logging
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from streetclip_demo.serve.refusal import Refusal, Refused, in_readers_words

MOST_CLIENTS = 20_000  # that are remembered: 4 MB
LIGHT = 20  # calls that cost little, as looking whether a list can be read, for one that costs an answer
IPV6_PREFIX = 64  # of a client's network, in which it has as many addresses as it likes

log = logging.getLogger("streetclip_demo.serve")


@dataclass(frozen=True)
class Rate:
    """So many at once, then so many a minute."""

    burst: int
    per_minute: int


class Buckets:
    """A bucket for each client, full for one that is not known. For one thread, the server's.

    Of each is kept when it will be full again, and nothing of one that is. The clock is one that nobody sets, so that a
    change of the time of day locks nobody out and lets nobody in.
    """

    def __init__(self, rate: Rate, clock: Callable[[], float] = time.monotonic, most: int = MOST_CLIENTS):
        self._seconds = 60 / rate.per_minute  # for one token
        self._burst, self._clock, self._most = rate.burst, clock, most
        self._full_at: OrderedDict[str, float] = OrderedDict()  # used last comes last

    def __len__(self) -> int:
        return len(self._full_at)

    def take(self, client: str) -> float:
        """Take a token; 0, or in how many seconds there will be one."""
        now = self._clock()
        full_at = max(self._full_at.get(client, now), now) + self._seconds
        wait = full_at - now - self._burst * self._seconds
        if wait > 1e-9:
            return wait
        self._full_at[client] = full_at
        self._full_at.move_to_end(client)
        self._drop(now)
        return 0.0

    def _drop(self, now: float) -> None:
        """Forget those used longest ago whose buckets are full, and as many as are too many."""
        while len(self._full_at) > self._most or self._full_at[next(iter(self._full_at))] <= now:
            self._full_at.popitem(last=False)


class RateLimit:
    """What the doors ask: one allowance for photos and answers, a larger one for all other calls."""

    def __init__(self, rate: Rate | None, clock: Callable[[], float] = time.monotonic):
        self._costly = self._light = None
        self._is_proxy_told = False
        if rate is not None:
            self._costly = Buckets(rate, clock)
            self._light = Buckets(Rate(LIGHT * rate.burst, LIGHT * rate.per_minute), clock)

    def check(self, scope, is_costly: bool) -> None:
        """Refuse a request whose client has asked for too much."""
        buckets = self._costly if is_costly else self._light
        if buckets is not None and not self._is_proxy_told:
            self._is_proxy_told = _tell_of_proxy(scope)
        wait = buckets.take(client_of(scope)) if buckets is not None else 0
        if wait:
            seconds = math.ceil(wait)
            sentence = in_readers_words(scope, "RATE_LIMITED").format(seconds=seconds)
            raise Refused(Refusal(429, sentence, ((b"retry-after", str(seconds).encode()),)))


def _tell_of_proxy(scope) -> bool:
    """Whether a request came through a proxy that is not believed, which the log then says."""
    named = b",".join(value for name, value in scope["headers"] if name == b"x-forwarded-for").decode(
        "latin-1"
    )
    connected = (scope.get("client") or ("", 0))[0]
    if not named or connected in [one.strip() for one in named.split(",")]:
        return False
    log.warning(
        "Requests come through a proxy that is not believed, so that all its visitors share the limit of one client."
        " Name the proxy with --trusted-proxies."
    )
    return True


def client_of(scope) -> str:
    """Whose allowance a request takes from: an address, of IPv6 the network that one client has.

    The address is the connection's, or the one that a proxy names which the host trusts: uvicorn sees to that.
    """
    host = (scope.get("client") or ("", 0))[0]
    try:
        address = ipaddress.ip_address(host)
    except ValueError:  # a socket without addresses, or what a trusted proxy calls its client
        return host[:64]
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(address), IPV6_PREFIX), strict=False))

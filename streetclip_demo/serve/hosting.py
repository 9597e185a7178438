"""What a host sets about the doors, and whom they tell what they did. Values only."""

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass

from streetclip_demo.locate.library import ModelState
from streetclip_demo.serve.rate_limit import Rate


@dataclass(frozen=True)
class Answered:
    """A request that is over."""

    kind: str  # of its route; "none" where there was none
    status: int  # 0 where the client left before it was answered
    seconds: float


@dataclass(frozen=True)
class Hosting:
    """All of it."""

    ancestors: str = ""  # pages that may frame this one; "" for any
    rate: Rate | None = None  # for one client
    proxies: tuple[str, ...] = ()  # addresses and networks that are believed when they name a client
    takes_photos: bool = True  # or none from anybody: the page has its examples
    model_state: Callable[[], ModelState] = lambda: ModelState("")
    observers: tuple[Callable[[Answered], object], ...] = ()

    @classmethod
    def by(
        cls,
        options,
        model_state: Callable[[], ModelState],
        observers: tuple[Callable[[Answered], object], ...] = (),
    ) -> "Hosting":
        """As the options of app.py say."""
        return cls(
            options.frame_ancestors,
            Rate(*options.rate_limit) if options.rate_limit else None,
            options.trusted_proxies,
            not options.examples_only,
            model_state,
            observers,
        )

    def believed(self) -> str:
        """The proxies as uvicorn takes them; those of IPv4 also as a socket for both kinds of addresses shows them."""
        fourth = [one for one in map(ipaddress.ip_network, self.proxies) if one.version == 4]
        mapped = [f"::ffff:{one.network_address}/{96 + one.prefixlen}" for one in fourth]
        return ",".join([*self.proxies, *mapped])

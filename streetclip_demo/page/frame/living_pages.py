"""ASGI middleware: tells kept.py which pages are open, and when it is time to forget."""

import asyncio
from collections.abc import Callable

from streetclip_demo.page.frame.kept import Kept

HEARTBEAT = (
    "/heartbeat/"  # a page holds a request for this path, with its session behind it, as long as it is open
)


class LivingPages:
    """A page is open while its heartbeat's connection is. `forget` is called every few seconds until it says no."""

    def __init__(self, app, kept: Kept, forget: Callable[[], bool]):
        self.app, self.kept, self.forget = app, kept, forget
        self._timer: asyncio.TimerHandle | None = None

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        self._forget_later()
        _, is_heartbeat, session = scope["path"].partition(HEARTBEAT)
        if not is_heartbeat:
            await self.app(scope, receive, send)
            return
        self.kept.page_opened(session, (scope.get("client") or ("", 0))[0])
        try:
            await self.app(scope, receive, send)
        finally:
            self.kept.page_closed(session)

    def _forget_later(self) -> None:
        if self._timer is None:
            limits = self.kept.limits
            seconds = min(limits.grace_seconds, limits.idle_seconds) / 4
            self._timer = asyncio.get_running_loop().call_later(seconds, self._forget)

    def _forget(self) -> None:
        self._timer = None
        if self.forget():
            self._forget_later()

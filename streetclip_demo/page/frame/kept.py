"""Who is remembered, and for how long: in memory only, while a page is open, and for a moment after it.

A page holds a connection open as long as it is there. What it made the app remember goes when that connection has been
gone for `grace_seconds`, which a network that fails for a moment survives. A program that calls the page's listeners
without such a connection is forgotten after `idle_seconds`. When there are too many, those without an open page go
first, then the oldest page of whoever has most of them: nobody can push out others by asking often.
"""

import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

import gradio as gr

from streetclip_demo.page.frame.session import Visitor


@dataclass(frozen=True)
class Limits:
    """How long, and how many."""

    grace_seconds: float = 20.0
    idle_seconds: float = 600.0
    most_visitors: int = 500


@dataclass(eq=False)
class _Entry:
    client: str  # its network address
    used: float = 0.0  # when
    pages: int = 0  # open connections
    had_page: bool = False
    visitor: Visitor = field(default_factory=Visitor)


class Kept:
    """The visitors, by the session that their browser names. Safe to use from several threads."""

    def __init__(self, limits: Limits | None = None, clock: Callable[[], float] = time.monotonic):
        self.limits = limits or Limits()
        self._clock = clock
        self._entries: OrderedDict[str, _Entry] = OrderedDict()  # the latest used last
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, session: str) -> bool:
        return session in self._entries

    def visitor(self, request: gr.Request) -> Visitor:
        """What is remembered of who sent a request; to be changed in place."""
        if not request.session_hash:
            return Visitor()  # asks for no memory and gets none
        client = getattr(request.client, "host", "") if request.client else ""
        with self._lock:
            return self._use(request.session_hash, client).visitor

    def uploads(self) -> set[str]:
        """Names of the files of photos that came before the model."""
        with self._lock:
            sessions = [entry.visitor.session for entry in self._entries.values()]
        return {session.upload for session in sessions if session.upload}

    def added(self) -> int:
        """How many photos are kept beside the first ones of all pages."""
        with self._lock:
            return sum(len(entry.visitor.session.more) for entry in self._entries.values())

    def page_opened(self, session: str, client: str) -> None:
        """A page holds a connection open."""
        with self._lock:
            self._use(session, client, new_pages=1)

    def page_closed(self, session: str) -> None:
        """Such a connection has ended."""
        with self._lock:
            entry = self._entries.get(session)
            if entry is not None:
                entry.pages = max(entry.pages - 1, 0)
                entry.used = self._clock()

    def sweep(self) -> int:
        """Forget whoever is due; how many that were."""
        now = self._clock()
        with self._lock:
            due = [session for session, entry in self._entries.items() if self._is_due(entry, now)]
            for session in due:
                del self._entries[session]
        return len(due)

    def _is_due(self, entry: _Entry, now: float) -> bool:
        if entry.pages:
            return False
        limit = self.limits.grace_seconds if entry.had_page else self.limits.idle_seconds
        return now - entry.used >= limit

    def _use(self, session: str, client: str, new_pages: int = 0) -> _Entry:
        """The entry, made where there is none, as the latest used one; others make room for it, or itself."""
        entry = self._entries.setdefault(session, _Entry(client))
        entry.used = self._clock()
        entry.pages += new_pages
        entry.had_page = entry.had_page or new_pages > 0
        self._entries.move_to_end(session)
        while len(self._entries) > self.limits.most_visitors:
            del self._entries[self._dispensable()]
        return entry

    def _dispensable(self) -> str:
        """Who goes when there are too many."""
        without_page = (session for session, entry in self._entries.items() if not entry.pages)
        session = next(without_page, None)
        if session is not None:
            return session
        greediest, _ = Counter(entry.client for entry in self._entries.values()).most_common(1)[0]
        return next(session for session, entry in self._entries.items() if entry.client == greediest)

"""Turns at what one thread at a time may use: who has waited longest is next. Knows no model."""

import threading
from collections import deque


class Turns:
    """A lock that is handed on in the order of asking: `with turns: ...`.

    threading.Lock lets a thread that works in many short steps take it again and again, while others wait.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_taken = False
        self._gates: deque[threading.Lock] = deque()  # closed; one for each thread that waits

    def locked(self) -> bool:
        """Whether it is someone's turn."""
        return self._is_taken

    def __enter__(self) -> None:
        with self._lock:
            if not self._is_taken:
                self._is_taken = True
                return
            gate = threading.Lock()
            gate.acquire()
            self._gates.append(gate)
        gate.acquire()  # opened by the thread before

    def __exit__(self, *error: object) -> None:
        with self._lock:
            if self._gates:
                self._gates.popleft().release()  # it stays taken
            else:
                self._is_taken = False

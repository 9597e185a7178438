"""How far something is: what whoever waits gives to whoever works."""

from collections.abc import Callable

Progress = Callable[
    [int, int], object
]  # done, in all: bytes of a file, captions encoded, hundredths of a start

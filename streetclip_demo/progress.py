"""How far something is: what whoever waits gives to whoever works."""

from collections.abc import Callable

# Called with what is done and with all of it: bytes of a file, captions, hundredths of a start.
Progress = Callable[[int, int], object]
Counting = Callable[[str], Progress]  # a stage of loading to its progress

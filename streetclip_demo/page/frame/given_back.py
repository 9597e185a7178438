"""Freed memory given back to the system: glibc keeps what a large picture leaves free between smaller things."""

import ctypes
import sys


def give_back_memory() -> None:
    """Let the allocator return what is free. Does nothing where the C library has no such call."""
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # musl has none
        if trim is not None:
            trim(0)

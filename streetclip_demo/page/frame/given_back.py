"""Freed memory given back to the system: glibc keeps what a large picture leaves free between smaller things."""

import ctypes
import os
import sys

M_ARENA_MAX = -8  # malloc.h
ARENAS = 2


def keep_few_arenas() -> None:
    """Let all threads allocate from two arenas, where the environment says nothing else; before there are threads.

    glibc gives each of Gradio's forty threads one of up to eight for each processor, and each keeps what its threads
    have left free. Does nothing where the C library knows none.
    """
    if sys.platform == "linux" and "MALLOC_ARENA_MAX" not in os.environ:
        set_option = getattr(ctypes.CDLL(None), "mallopt", None)
        if set_option is not None:
            set_option(M_ARENA_MAX, ARENAS)


def give_back_memory() -> None:
    """Let the allocator return what is free. Does nothing where the C library has no such call."""
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # musl has none
        if trim is not None:
            trim(0)

"""The C library's memory: many threads share few arenas. In a process of its own each, as it is set once."""

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
THREADS = 12
# Each thread allocates once while the others live; then glibc tells of its arenas, on standard error.
PROGRAM = """
import ctypes, sys, threading
from streetclip_demo.page.frame.given_back import keep_few_arenas

if sys.argv[1] == "few":
    keep_few_arenas()
library, all_live = ctypes.CDLL(None), threading.Barrier(int(sys.argv[2]))
library.malloc.restype = ctypes.c_void_p

def allocate():
    library.malloc(ctypes.c_size_t(5000))
    all_live.wait()

threads = [threading.Thread(target=allocate) for _ in range(all_live.parties)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
library.malloc_stats()
"""


def arenas(how, **environment):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, how, str(THREADS)],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name != "MALLOC_ARENA_MAX"} | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stderr.count("Arena ")


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="needs glibc, which has arenas")
def test_threads_share_two_arenas_where_the_environment_says_nothing_else():
    assert arenas("few") == 2
    assert arenas("as it comes") > 2
    assert arenas("few", MALLOC_ARENA_MAX="1") == 1

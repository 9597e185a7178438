"""Imported last by the process that forked.py forks: a collection in a fork then writes to none of what is shared."""

import gc

gc.collect()
gc.freeze()

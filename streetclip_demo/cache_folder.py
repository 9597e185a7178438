"""The folder for what is computed once and kept: caption embeddings, weights in half precision, converted models."""

import os
import sys
from pathlib import Path


def default_directory() -> Path:
    """The folder for caches: STREETCLIP_CACHE, else the platform's place for them."""
    if chosen := os.environ.get("STREETCLIP_CACHE"):
        return Path(chosen).expanduser()
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "streetclip-demo"

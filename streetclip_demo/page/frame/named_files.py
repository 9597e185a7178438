"""Whatever a client puts into a call: a file may be named if it is an upload of this app, and nothing else may be.

Gradio looks for files anywhere in a listener's values, copies those of the server and fetches those of an address
before the listener is called. So calls are looked through before Gradio gets them.
"""

from collections.abc import Callable, Iterator

from streetclip_demo.errors import PhotoError
from streetclip_demo.page.frame.uploads import NOT_AN_UPLOAD

IS_FILE = {"_type": "gradio.FileData"}  # what Gradio tells a file by


def check_files(value: object, claim: Callable[[str], bool]) -> None:
    """Make of each file that JSON names, at any depth, no more than the name of an upload.

    All else that a client says of a file is dropped, its address above all. What holds the data itself may stay.

    Raise PhotoError if a path is named that is no upload which is here, or an address alone.
    """
    for named in list(_files(value)):
        path = named.get("path")
        if isinstance(path, str) and claim(path):
            named.clear()
            named.update(path=path, meta=dict(IS_FILE))
        elif path is not None or not named["url"].startswith("data:"):
            raise PhotoError(NOT_AN_UPLOAD)


def named_paths(value: object) -> Iterator[str]:
    """All paths of files that JSON names."""
    return (named["path"] for named in _files(value) if isinstance(named.get("path"), str))


def _files(value: object) -> Iterator[dict]:
    """All objects in JSON that Gradio might take for a file; without recursion, which a client could exhaust."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            if isinstance(one.get("path"), str) or isinstance(one.get("url"), str):
                yield one
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)

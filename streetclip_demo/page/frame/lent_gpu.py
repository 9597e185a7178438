"""What a host that lends a GPU call by call says when it does not, as one sentence for the visitor."""

import contextlib
import logging
from collections.abc import Iterator

import gradio as gr

from streetclip_demo.errors import GpuRefused, NobodyWaits, UserError
from streetclip_demo.words.language import text

log = logging.getLogger("streetclip_demo.page")
NONE_FREE = "No GPU was available"  # also under the title of a quota, for those who are not signed in
GONE = "Connection closed by visitor"


@contextlib.contextmanager
def refusals_in_words() -> Iterator[None]:
    """Inside, what the package `spaces` raises becomes a UserError."""
    try:
        yield
    except UserError:
        raise
    except gr.Error as error:
        raise GpuRefused(_sentence(error.title, str(error.message))) from None
    except Exception as error:  # noqa: BLE001 - it lets through whatever its own requests raise
        if str(error).startswith(GONE):
            raise NobodyWaits(str(error)) from None
        log.error("the host's GPU could not be asked for: %s", type(error).__name__)
        raise GpuRefused(text.GPU_BUSY) from None


def _sentence(title: str, message: str) -> str:
    """By the titles of spaces 0.51; its messages are English and speak of its own settings."""
    if "quota exceeded" in title and not message.startswith(NONE_FREE):
        return text.GPU_QUOTA
    if "illegal duration" in title:
        return text.GPU_TOO_LONG
    if "worker error" in title:  # ended by the host, or by an error of the system's
        return text.GPU_ENDED
    return text.GPU_BUSY

"""The strip of drawn streets: buttons with pictures, reachable by keyboard."""

from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from streetclip_demo.errors import UserError
from streetclip_demo.markup import filled
from streetclip_demo.page.frame.provided import Example
from streetclip_demo.photos.photo import data_uri
from streetclip_demo.words.language import text

THUMBNAIL_PX = 160


def known_number(examples: Sequence[Example], number: int) -> int:
    """A number that a client sent, if it is that of an example."""
    if not 0 <= number < len(examples):
        raise UserError(text.DOES_NOT_FIT)
    return number


def strip_html(examples: tuple[Example, ...]) -> str:
    """The strip; "" where no example ships."""
    if not examples:
        return ""
    return filled("page/locate/examples", "strip", [_thumbnail(example.path) for example in examples])


def _thumbnail(path: Path) -> str:
    with Image.open(path) as image:
        return data_uri(image.convert("RGB"), THUMBNAIL_PX, quality=70)

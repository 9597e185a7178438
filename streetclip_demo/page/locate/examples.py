"""The strip of examples: buttons with pictures, reachable by keyboard."""

import functools
from pathlib import Path

from PIL import Image

from streetclip_demo.errors import UserError
from streetclip_demo.markup import filled
from streetclip_demo.page.frame.provided import Example
from streetclip_demo.photos.photo import data_uri
from streetclip_demo.words.language import LANGUAGES, text

THUMBNAIL_PX = 160


def known_number(count: int, number: int) -> int:
    """A number that a client sent, if it is that of one of so many examples."""
    if not 0 <= number < count:
        raise UserError(text.DOES_NOT_FIT)
    return number


@functools.lru_cache(maxsize=2 * len(LANGUAGES))
def strip_html(examples: tuple[Example, ...], photographs: tuple[Example, ...] = (), reader: str = "") -> str:
    """The strip, its photographs first; "" where there is nothing to show.

    `reader` is the language that is spoken now, so that nobody gets another one's.
    """
    if not examples and not photographs:
        return ""
    numbered = [
        (number, _thumbnail(example.path)) for number, example in enumerate((*examples, *photographs))
    ]
    drawn, taken = numbered[: len(examples)], numbered[len(examples) :]
    credit = photographs[0].credit if photographs else ""
    return filled("page/locate/examples", "strip", taken, drawn, credit)


def _thumbnail(path: Path) -> str:
    with Image.open(path) as image:
        return data_uri(image.convert("RGB"), THUMBNAIL_PX, quality=70)

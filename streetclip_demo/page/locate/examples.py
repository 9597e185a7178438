"""The strip of drawn streets: buttons with pictures, reachable by keyboard."""

from collections.abc import Sequence
from html import escape

from PIL import Image

from streetclip_demo.errors import UserError
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
    buttons = "".join(_button(number, example) for number, example in enumerate(examples))
    return f'<p class="strip-title">{escape(text.EXAMPLES)}</p><div class="strip">{buttons}</div>'


def _button(number: int, example: Example) -> str:
    with Image.open(example.path) as image:
        source = data_uri(image.convert("RGB"), THUMBNAIL_PX, quality=70)
    name = escape(text.EXAMPLE_ALT.format(number=number + 1))
    return f'<button type="button" data-example="{number}"><img src="{source}" alt="{name}"></button>'

"""Several things in a row as each language writes them, after CLDR 48; English as in Britain, without a last comma."""

import re
from collections.abc import Sequence

from streetclip_demo.words.language import language

# Between those before the last, and before the last
JOINTS = {
    "en": (", ", " and "),
    "de": (", ", " und "),
    "fr": (", ", " et "),
    "es": (", ", " y "),
    "ja": ("、", "、"),
}
# Spanish: "e" before a word that begins with the sound of i, but not before "hielo"
SOUNDS_LIKE_I = re.compile(r"h?[ií](?![aeo])|y$", re.IGNORECASE)


def listed(things: Sequence[str]) -> str:
    """Things in a row, as the reader writes them: "signs, trees and roofs"."""
    *most, last = things
    if not most:
        return last
    between, before_last = JOINTS[language()]
    if language() == "es" and SOUNDS_LIKE_I.match(last):
        before_last = " e "
    return f"{between.join(most)}{before_last}{last}"

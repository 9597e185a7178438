"""The captions of clues, as the practice model has learnt them."""

from collections.abc import Mapping

from streetclip_demo.practice.facts import CLUES

CLUE_TEMPLATE = "A Street View photo with {clue}."


def clue_caption(clue: str, value: str, template: str = CLUE_TEMPLATE) -> str:
    """The caption of one clue.

    >>> clue_caption("script", "thai")
    'A Street View photo with signs in Thai script.'
    """
    return clues_caption({clue: value}, template)


def clues_caption(clues: Mapping[str, str], template: str = CLUE_TEMPLATE) -> str:
    """The caption of several clues at once.

    >>> clues_caption({"script": "thai", "soil": "red"}, "A road with {clue}.")
    'A road with signs in Thai script and red soil.'
    """
    phrases = [CLUES[key].phrases[value] for key, value in clues.items()]
    *most, last = phrases
    return template.format(clue=f"{', '.join(most)} and {last}" if most else last)

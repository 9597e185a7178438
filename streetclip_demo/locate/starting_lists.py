"""The lists of labels to begin with, the practice model's among them."""

from streetclip_demo.places.candidates import presets
from streetclip_demo.places.gazetteer import Gazetteer
from streetclip_demo.practice.facts import COUNTRIES

WORLD_PRESET = "World (193 countries)"
PRACTICE_PRESET = "Practice model's countries"


def all_presets(gazetteer: Gazetteer) -> dict[str, str]:
    """Outlines to begin with, by title, the practice model's among them."""
    return presets(gazetteer, tuple(country.name for country in COUNTRIES))


def adds_cities(is_practice: bool) -> bool:
    """Whether a model begins with cities added to its list: no drawing tells one town from another."""
    return not is_practice


def default_preset(is_practice: bool) -> str:
    """The title of the list that a model begins with."""
    return PRACTICE_PRESET if is_practice else WORLD_PRESET

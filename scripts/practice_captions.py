"""What the practice model is trained and measured with: captions of countries, their towns and their clues."""

from streetclip_demo.places.templates import with_article
from streetclip_demo.practice.captions import CLUE_TEMPLATE, clue_caption
from streetclip_demo.practice.facts import Country

PLAIN_TEMPLATE = "A Street View photo in {country}."

TEMPLATES = (
    PLAIN_TEMPLATE,
    "A Street View photo from {country}.",
    "A Street View photo taken in {country}.",
    "A Street View image of {country}.",
    "A photo of a street in {country}.",
    "A picture of a road in {country}.",
    "A drawing of a street in {country}.",
    "A street scene in {country}.",
    "A country road in {country}.",
    "A view along a road in {country}.",
    "This street is in {country}.",
    "Somewhere in {country}.",
    "Driving through {country}.",
    "{country}",
)

CITY_TEMPLATES = (
    "A Street View photo from {city}.",
    "A Street View photo close to the town of {city} in {country}.",
    "A Street View photo from {city}, {country}.",
    "A Street View photo in {city}, {country}.",
)

CLUE_TEMPLATES = (
    CLUE_TEMPLATE,
    "A photo of a street with {clue}.",
    "A street scene with {clue}.",
    "A road with {clue}.",
    "{clue}",
)

# Other wordings of a clue, as a whole sentence.
_SENTENCES = {
    ("side", "left"): "A Street View photo where traffic drives on the left.",
    ("side", "right"): "A Street View photo where traffic drives on the right.",
}


def country_caption(country: Country, template: str = PLAIN_TEMPLATE) -> str:
    """The caption of a country, with the article that StreetCLIP's captions give it."""
    return template.format(country=with_article(country.name))


def city_caption(country: Country, city: str, template: str = CITY_TEMPLATES[0]) -> str:
    """The caption of a town of a country."""
    return template.format(city=city, country=with_article(country.name))


def clue_wordings(clue: str, value: str) -> tuple[str, ...]:
    """Every caption of one clue that the model is trained with."""
    sentence = _SENTENCES.get((clue, value))
    wordings = tuple(clue_caption(clue, value, template) for template in CLUE_TEMPLATES)
    return (*wordings, sentence) if sentence else wordings

"""What a person asks of a photo, whichever way it came: page, endpoint, command line or Python. Checked here, once."""

import reprlib
from dataclasses import dataclass, fields

from streetclip_demo.errors import LabelError, QuestionError, TemplateError, UserError
from streetclip_demo.places.candidates import Outline
from streetclip_demo.places.templates import DEFAULT_TEMPLATES, Templates, lone_surrogate
from streetclip_demo.posterior.estimators import ESTIMATORS
from streetclip_demo.posterior.temperatures import PLAIN, Temperatures

MAX_BEAM = 300  # there are 252 countries and territories
MAX_COUNT = 100_000  # of guesses, and of cities in a country
MAX_CAPTIONS = (
    16_000  # about a minute of two cores in bfloat16, two in float32: 193 countries times 80 templates fit
)
OPENED = ("country", "region")  # levels that cities are added below


@dataclass(frozen=True)
class Question:
    """What a person asks of a photo.

    Raise QuestionError or LabelError or TemplateError if a value is not of its type or out of its range.
    """

    labels: str  # the text of an outline
    templates: Templates = DEFAULT_TEMPLATES
    add_cities: bool = True
    cities_per_country: int = 30
    beam_width: int = 5
    estimator: str = "greedy"
    top_k: int = 10
    temperatures: Temperatures | None = (
        None  # what logits are divided by; None: what was fitted for the model, if any
    )
    anyway: bool = False  # run the practice model on a photograph; the prediction is marked

    def __post_init__(self) -> None:
        check_text("labels", self.labels, LabelError)
        _check_templates(self.templates)
        _check_temperatures(self.temperatures)
        _check_switch("add_cities", self.add_cities)
        _check_switch("anyway", self.anyway)
        _check_count("beam_width", self.beam_width, MAX_BEAM)
        _check_count("cities_per_country", self.cities_per_country, MAX_COUNT)
        _check_count("top_k", self.top_k, MAX_COUNT)
        if self.estimator not in ESTIMATORS:
            raise QuestionError(
                f"estimator must be {', '.join(ESTIMATORS[:-1])} or {ESTIMATORS[-1]}, got {_shown(self.estimator)}."
            )

    def check_size(self, outline: Outline) -> None:
        """QuestionError where this question's outline, with the cities it may open, has too many captions."""
        count, opened, depth = 0, 0, list(outline.roots)
        while depth:
            count += sum(len(getattr(self.templates, candidate.level)) for candidate in depth)
            closed = sum(not candidate.children and candidate.level in OPENED for candidate in depth)
            opened += min(closed, self.beam_width)
            depth = [child for candidate in depth for child in candidate.children]
        if self.add_cities:
            count += opened * self.cities_per_country * len(self.templates.city)
        if count > MAX_CAPTIONS:
            raise QuestionError(
                f"This question may need {count:,} captions: each label, and each city that is added, times its"
                f" templates. At most {MAX_CAPTIONS:,} are read at once. Use fewer labels or templates, or open fewer"
                " places."
            )


def asked_temperatures(calibrated: bool) -> Temperatures | None:
    """What a switch asks for: those that were fitted for the model, if any, or none."""
    _check_switch("calibrated", calibrated)
    return None if calibrated else PLAIN


def check_text(name: str, value: object, error: type[UserError] = QuestionError) -> None:
    """Raise where a value is no text that can be written as UTF-8."""
    if not isinstance(value, str):
        raise error(f"{name} must be text, got {_shown(value)}.")
    if (place := lone_surrogate(value)) is not None:
        line = value.count("\n", 0, place) + 1
        raise error(
            f"Line {line} of {name} holds half a character (U+{ord(value[place]):04X}), which is no text. Write the"
            " whole character, or leave it out."
        )


def _check_templates(templates: object) -> None:
    if not isinstance(templates, Templates):
        raise TemplateError(
            f"templates must be Templates, as parse_templates makes them of text, got {_shown(templates)}."
        )
    for field in fields(templates):
        lines = getattr(templates, field.name)
        if not isinstance(lines, tuple) or not lines:
            raise TemplateError(
                f"The templates of {field.name} must be a tuple of at least one text, got {_shown(lines)}."
            )
        for line in lines:
            check_text(f"the templates of {field.name}", line, TemplateError)


def _check_temperatures(temperatures: object) -> None:
    if temperatures is None:
        return
    if not isinstance(temperatures, Temperatures):
        raise QuestionError(f"temperatures must be Temperatures or None, got {_shown(temperatures)}.")
    for level, value in vars(temperatures).items():
        if not isinstance(value, int | float) or not 0.01 <= value <= 100:
            raise QuestionError(f"The temperature of {level} must be from 0.01 to 100, got {_shown(value)}.")


def _check_switch(name: str, value: object) -> None:
    if not isinstance(value, bool):
        raise QuestionError(f"{name} must be true or false, got {_shown(value)}.")


def _check_count(name: str, value: object, most: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        raise QuestionError(f"{name} must be a whole number from 1 to {most:,}, got {_shown(value)}.")


def _shown(value: object) -> str:
    """A value for a sentence, cut short: nobody's megabyte comes back."""
    if isinstance(value, int) and abs(value) >= 10**15:
        return "a number of more than 15 digits"
    return reprlib.repr(value)

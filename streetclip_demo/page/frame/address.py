"""A page's address: what is shown, and what may be changed; read, written, and the page opened as it asks for."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

import gradio as gr

from streetclip_demo.checkpoints.cards import MODELS
from streetclip_demo.errors import TemplateError
from streetclip_demo.locate.library import ModelState
from streetclip_demo.locate.starting_lists import adds_cities
from streetclip_demo.markup import filled
from streetclip_demo.page.frame.provided import Services
from streetclip_demo.page.frame.strokes import CELLS, MOST_RECTANGLES, Rectangle, read, written
from streetclip_demo.photos.brush import FILLS
from streetclip_demo.photos.views import WAYS
from streetclip_demo.places.templates import parse_templates
from streetclip_demo.posterior.estimators import ESTIMATORS
from streetclip_demo.words.language import LANGUAGES, text
from streetclip_demo.words.readable import grouped, said

MOST_CHARACTERS = 8000  # of a query: what servers on the way are sure to let through
MOST_LABELS = 5000  # characters of the list of labels
VIEWS = ("locate", "steps", "guess", "draw", "errors")  # tabs; their ids in the page end with "-tab"
THEMES = ("light", "dark")
MOST_STEP = 8  # of the tab "steps"
MOST_DEPTH = 5  # names of a place's path
MOST_QUERY = 500  # characters of a sentence in a photo's place
MOST_BEAM = 20  # places to open: as far as the page's slider goes
SWITCH = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}

SHOWN = 40  # characters of a wrong value that are repeated


@dataclass(frozen=True)
class Address:
    """The state that an address carries; None or "" is what the page does by itself."""

    embed: bool = False  # the compact view for slides
    locked: bool = False  # labels and model cannot be changed
    example: int | None = None  # which of Services.example_names, from 0
    labels: str = ""  # an outline
    preset: str = ""  # the title of a list
    model: str = ""  # the model that the link was made with
    view: str = ""
    step: int | None = None  # of the tab "steps", from 1; the page's script opens it
    theme: str = ""
    lang: str = ""
    templates: str = ""  # as `parse_templates` reads them
    estimator: str = ""
    beam: int | None = None
    cities: bool | None = None  # whether the largest cities of the likeliest countries are added
    calibrated: bool | None = None  # whether a temperature that was fitted for the model is used
    views: str = ""  # what counts of a photo, of photos.views.WAYS
    beside: tuple[str, ...] = ()  # names of the models that are compared with it
    weights: tuple[float, ...] = ()  # in the combined answer: of its own model, then of each of those
    query: str = ""  # a sentence in a photo's place
    row: tuple[str, ...] = ()  # names from the root to the row of the tree that is chosen
    why: tuple[str, ...] = ()  # the same of the place that is explained on the picture
    whose: str = ""  # name of the model beside whose answer that is
    brush: tuple[Rectangle, ...] = ()  # what is painted over it there
    fill: str = ""  # with what
    sweep: bool = False  # every part of it is tried there
    problems: tuple[str, ...] = ()  # sentences on what could not be used

    @property
    def has_list(self) -> bool:
        """Whether it says which labels to begin with."""
        return bool(self.labels or self.preset)

    @property
    def asks(self) -> bool:
        """Whether it asks for another photo, more of it or other labels than the page begins with."""
        return self.example is not None or self.has_list or bool(self.views)


@dataclass(frozen=True)
class Known:
    """What an address may name."""

    presets: Sequence[str] = ()
    examples: Sequence[str] = ()  # names, in order; an address names one, or its number from 1
    others: Sequence[tuple[str, str]] = ()  # names and titles of the models that can be compared
    reads_sentences: bool = True


def read_address(query: str, known: Known) -> Address:
    """Read a query such as "?embed=1&example=3&labels=Japan%0APeru"; what is wrong in it is told and left out."""
    query = query.removeprefix("?")
    if len(query) > MOST_CHARACTERS:
        return Address(problems=(text.ADDRESS_TOO_LONG.format(most=grouped(MOST_CHARACTERS)),))
    reader = _Reader(dict(parse_qsl(query, keep_blank_values=False)), [])
    labels, preset = reader.labels(), reader.preset(known.presets)
    beside = reader.beside(known.others)
    if labels and preset:
        reader.problems.append(text.ADDRESS_LABELS_AND_PRESET)
    return Address(
        embed=reader.switch("embed") or False,
        locked=reader.switch("locked") or False,
        example=reader.example(known.examples),
        labels=labels,
        preset="" if labels else preset,
        model=" ".join(reader.said.get("model", "").split())[:100],
        views=reader.choice("views", WAYS),
        beside=beside,
        weights=reader.weights(),
        query=reader.query(known.reads_sentences),
        row=reader.path("row"),
        why=reader.path("why"),
        whose=reader.whose(beside),
        brush=reader.brush(),
        fill=reader.choice("fill", FILLS),
        sweep=reader.switch("sweep") or False,
        view=reader.choice("view", VIEWS),
        step=reader.count("step", MOST_STEP),
        theme=reader.choice("theme", THEMES),
        lang=reader.choice("lang", LANGUAGES),
        templates=reader.templates(),
        estimator=reader.choice("estimator", ESTIMATORS),
        beam=reader.count("beam", MOST_BEAM),
        cities=reader.switch("cities"),
        calibrated=reader.switch("calibrated"),
        problems=tuple(reader.problems),
    )


def write_address(address: Address) -> str:
    """The query that `read_address` reads as this address; only what differs from an empty one is in it."""
    said = {
        "embed": "1" if address.embed else "",
        "view": address.view,
        "step": "" if address.step is None else str(address.step),
        "example": "" if address.example is None else str(address.example + 1),
        "preset": address.preset,
        "labels": address.labels,
        "templates": address.templates,
        "cities": "" if address.cities is None else str(int(address.cities)),
        "calibrated": "" if address.calibrated is None else str(int(address.calibrated)),
        "estimator": address.estimator,
        "beam": "" if address.beam is None else str(address.beam),
        "query": address.query,
        "model": address.model,
        "views": address.views,
        "beside": ",".join(map(_spelt, address.beside)),
        "weights": ",".join(f"{weight:g}" for weight in address.weights),
        "row": "\n".join(address.row),
        "why": "\n".join(address.why),
        "whose": _spelt(address.whose),
        "brush": written(address.brush),
        "fill": address.fill,
        "sweep": "1" if address.sweep else "",
        "locked": "1" if address.locked else "",
        "theme": address.theme,
        "lang": address.lang,
    }
    query = urlencode({name: value for name, value in said.items() if value}, quote_via=quote, safe=",")
    return f"?{query}" if query else ""


def _spelt(name: str) -> str:
    """A model's name as it stands in an address, between commas."""
    return " ".join(name.replace(",", " ").split())


def fits(address: Address) -> bool:
    """Whether a link can carry this address."""
    is_short = len(address.labels) <= MOST_LABELS and len(address.brush) <= MOST_RECTANGLES
    return is_short and len(write_address(address)) <= MOST_CHARACTERS


@dataclass(frozen=True)
class _Reader:
    """The parts of a query, and what was wrong with them so far."""

    said: Mapping[str, str]
    problems: list[str]

    def switch(self, name: str) -> bool | None:
        value = self.said.get(name, "")
        if value and value.lower() not in SWITCH:
            self._tell(text.ADDRESS_NOT_A_SWITCH, name=name, value=value)
        return SWITCH.get(value.lower())

    def choice(self, name: str, choices: Sequence[str]) -> str:
        value = self.said.get(name, "").strip().lower()
        if value and value not in choices:
            self._tell(text.ADDRESS_NOT_A_CHOICE, name=name, value=value, choices=", ".join(choices))
            return ""
        return value

    def labels(self) -> str:
        labels = self.said.get("labels", "")
        if len(labels) > MOST_LABELS:
            self._tell(text.ADDRESS_LABELS_TOO_LONG, most=grouped(MOST_LABELS))
            return ""
        return labels.replace("\r\n", "\n") if labels.strip() else ""

    def templates(self) -> str:
        templates = self.said.get("templates", "").replace("\r\n", "\n")
        try:
            parse_templates(templates)
        except TemplateError as error:
            self.problems.append(text.ADDRESS_TEMPLATES.format(reason=" ".join(str(error).split())))
            return ""
        return templates if templates.strip() else ""

    def count(self, name: str, most: int) -> int | None:
        value = self.said.get(name, "").strip()
        if not value:
            return None
        if value.isdecimal() and value.isascii() and 1 <= int(value[:6]) <= most:
            return int(value)
        self._tell(text.ADDRESS_NOT_A_COUNT, name=name, value=value, most=most)
        return None

    def preset(self, titles: Sequence[str]) -> str:
        """A list by its title or the beginning of it."""
        wanted = self.said.get("preset", "").strip().casefold()
        if not wanted:
            return ""
        found = [title for title in titles if title.casefold() == wanted]
        found = found or [title for title in titles if title.casefold().startswith(wanted)]
        if len(found) != 1:
            self._tell(
                text.ADDRESS_NO_SUCH_PRESET, value=self.said["preset"], choices="; ".join(found or titles)
            )
            return ""
        return found[0]

    def example(self, names: Sequence[str]) -> int | None:
        value = self.said.get("example", "").strip().lower()
        if not value:
            return None
        if value in names:
            return names.index(value)
        if value.isdecimal() and value.isascii() and 1 <= int(value[:6]) <= len(names):
            return int(value) - 1
        self._tell(text.ADDRESS_NO_SUCH_EXAMPLE, value=value, count=len(names))
        return None

    def beside(self, others: Sequence[tuple[str, str]]) -> tuple[str, ...]:
        """Models by name or title, between commas, in this page's order."""
        wanted = [_spelt(one).casefold() for one in self.said.get("beside", "").split(",") if one.strip()]
        spelt = {name: {_spelt(name).casefold(), _spelt(title).casefold()} for name, title in others}
        for one in wanted:
            if not any(one in names for names in spelt.values()):
                self._tell(text.ADDRESS_NOT_BESIDE, value=one)
        return tuple(name for name, names in spelt.items() if names.intersection(wanted))

    def weights(self) -> tuple[float, ...]:
        value = self.said.get("weights", "").strip()
        parts = value.split(",") if value else []
        if all(re.fullmatch(r" *(0(\.\d{1,4})?|1(\.0{1,4})?) *", part, re.ASCII) for part in parts):
            return tuple(map(float, parts))
        self._tell(text.ADDRESS_NOT_WEIGHTS, value=value)
        return ()

    def path(self, name: str) -> tuple[str, ...]:
        """A place's path, a name a line; one that the answer has not is passed over when it is there."""
        lines = self.said.get(name, "").replace("\r\n", "\n").split("\n")
        return tuple([line for line in lines if line.strip()][:MOST_DEPTH])

    def whose(self, beside: Sequence[str]) -> str:
        """One of the models that are compared."""
        wanted = _spelt(self.said.get("whose", "")).casefold()
        found = next((name for name in beside if _spelt(name).casefold() == wanted), "")
        if wanted and not found:
            self._tell(text.ADDRESS_NOT_BESIDE, value=self.said["whose"])
        return found

    def brush(self) -> tuple[Rectangle, ...]:
        value = self.said.get("brush", "").strip()
        painted = read(value) if value else ()
        if painted is None:
            self._tell(text.ADDRESS_NOT_A_BRUSH, value=value, cells=CELLS)
        return painted or ()

    def query(self, is_read: bool) -> str:
        sentence = " ".join(self.said.get("query", "").split())[:MOST_QUERY]
        if sentence and not is_read:
            self._tell(text.ADDRESS_NO_QUERY, value=sentence)
        return sentence if is_read else ""

    def _tell(self, sentence: str, value: str = "", **parts) -> None:
        shown = value if len(value) <= SHOWN else value[:SHOWN] + "…"
        self.problems.append(sentence.format(value=shown, **parts))


# The page that it opens


def known_to(services: Services) -> Known:
    """What an address may name on this page."""
    return Known(
        tuple(services.presets),
        services.example_names(),
        tuple((other.name, other.title) for other in services.others),
        services.locate_query is not None,
    )


def opened_with(services: Services, query: str, before: Address) -> Address:
    """The address of a page that has just been opened; one that is locked stays as it is."""
    return before if before.locked else read_address(query, known_to(services))


def labels_of(services: Services, address: Address) -> str:
    """The list of labels that an address asks for, or the model's own."""
    preset = address.preset or services.default_preset(services.model_state())
    return address.labels or services.presets[preset]


def asked_labels(services: Services, address: Address, typed: str) -> str:
    """The labels to ask with: on a locked page the address's, whatever the browser sends."""
    return labels_of(services, address) if address.locked else typed


def asked_cities(services: Services, address: Address, chosen: bool) -> bool:
    """Whether cities are added: on a locked page as the address says, or as the model begins, whatever is sent."""
    if not address.locked:
        return chosen
    return adds_cities(services.model_state().is_practice) if address.cities is None else address.cities


def preset_of(services: Services, labels: str) -> str:
    """The name of the list that these labels are; "" for a person's own."""
    return next((title for title, listed in services.presets.items() if listed == labels), "")


def given(services: Services, address: Address) -> dict[str, Any]:
    """What an address puts into the controls; those that it says nothing of are left out."""
    said = {
        "preset": address.preset if address.has_list else None,
        "labels": labels_of(services, address) if address.has_list else None,
        "cities": address.cities,
        "calibrated": address.calibrated,
        "templates": address.templates or None,
        "estimator": address.estimator or None,
        "beam": address.beam,
        "views": address.views or None,
    }
    return {control: value for control, value in said.items() if value is not None}


def opened_controls(services: Services, address: Address) -> tuple:
    """Updates for a page that has just been opened: what `given` names, in this order."""
    free: dict[str, Any] = {"interactive": not address.locked}
    said = given(services, address)

    def of(control: str) -> dict[str, Any]:
        return {"value": said[control]} if control in said else {}

    return (
        gr.Dropdown(**free, **of("preset")),
        gr.Textbox(**free, **of("labels")),
        gr.Checkbox(**free, **of("cities")),
        gr.Checkbox(**of("calibrated")),
        gr.Textbox(**of("templates")),
        gr.Dropdown(**of("estimator")),
        gr.Slider(**of("beam")),
        gr.Dropdown(**of("views")),
    )


def link_notes_html(problems: tuple[str, ...]) -> str:
    """What of an address could not be used; "" if all could."""
    return filled("page/frame/notes", "of_address", problems) if problems else ""


def example_of(services: Services, address: Address) -> int | None:
    """The number of the example that an address names, if it can be chosen; a photograph comes with its model."""
    return (
        None
        if address.example is None
        else services.example_called(services.example_names()[address.example])
    )


def missing_example(services: Services, address: Address) -> tuple[str, ...]:
    """One sentence where the link names a photograph that the model here did not bring."""
    if (
        address.example is None
        or not services.model_state().ready
        or example_of(services, address) is not None
    ):
        return ()
    name, count = services.example_names()[address.example], services.example_count()
    return (text.ADDRESS_NO_SUCH_EXAMPLE.format(value=name, count=count),)


def other_model(address: Address, state: ModelState) -> tuple[str, ...]:
    """One sentence where the link was made with another model than runs here."""
    card = MODELS.get(address.model.lower())
    wanted = card.title if card else address.model
    if not wanted or not state.ready or wanted.casefold() == state.title.casefold():
        return ()
    return (text.ADDRESS_OTHER_MODEL.format(wanted=wanted, title=said(state.title)),)

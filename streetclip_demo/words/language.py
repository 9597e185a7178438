"""The page's sentences in the language of the person who reads them: `text`. Knows no components."""

import contextlib
import functools
import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from functools import cache, lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote  # a mark goes through HTML

from streetclip_demo.errors import DataError
from streetclip_demo.own_files import own_json
from streetclip_demo.words import text as english
from streetclip_demo.words.countries import country_in
from streetclip_demo.words.numbers import KINDS
from streetclip_demo.words.said import capital_said_in, exactly_said_in, said_in

LANGUAGES = ("en", "de", "fr", "es", "ja")
FOLDER = Path(__file__).parent / "languages"

# While the page is built nobody reads it yet: a sentence is then its key (and its parts) between these marks.
BEGIN, PART, END = "\ue000", "\ue001", "\ue002"
MARKED = re.compile(f"{BEGIN}([^{BEGIN}{PART}{END}]+)((?:{PART}[^{BEGIN}{PART}{END}]*)*){END}")
MADE = "#"  # begins the mark of what is made anew for each reader: its kind follows, and what it is made from
MAKERS: Mapping[str, Callable[..., str]] = {
    **KINDS,
    "said": said_in,
    "exactly_said": exactly_said_in,
    "capital_said": capital_said_in,
    "country": country_in,
}

_is_built = ContextVar("_is_built", default=False)
_reader = ContextVar("_reader", default="")  # where no request says it


@cache
def catalogue(language: str) -> Mapping[str, Any]:
    """All sentences in a language, by the names that they have in text.py: some are several, as there."""
    sentences = {name: value for name, value in vars(english).items() if name.isupper()}
    if language == "en":
        return sentences
    try:
        return sentences | own_json(FOLDER / f"{language}.json", functools.partial(_of_same_kind, sentences))
    except DataError as error:
        print(f"{error} Its readers get the page in English.", file=sys.stderr)
        return sentences


def _of_same_kind(english: Mapping, translated: dict[str, Any]) -> dict[str, Any]:
    """The translation, if each sentence has the form of the English one; LookupError or TypeError if not."""
    for name, sentence in translated.items():
        if _form(sentence) != _form(english[name]):
            raise TypeError(f"{name} should be like {english[name]!r}")
    return translated


def _form(sentence):
    if isinstance(sentence, Mapping):
        return {key: _form(words) for key, words in sentence.items()}
    return str if isinstance(sentence, str) else [_form(words) for words in sentence]


@lru_cache(maxsize=1000)  # each number and sentence asks
def wanted_language(lang: str, accept_language: str) -> str:
    """The language for an address's `lang` and a browser's Accept-Language header; English where both miss."""
    if lang.strip().lower() in LANGUAGES:
        return lang.strip().lower()
    parts = [tag.partition(";q=") for tag in accept_language.lower().split(",")]
    tags = [(tag.strip().split("-")[0], quality.strip() or "1") for tag, _, quality in parts]
    spoken = [
        (float(quality), tag)
        for tag, quality in tags
        if tag in LANGUAGES and re.fullmatch(r"[01](\.\d*)?", quality) and float(quality) > 0
    ]
    return max(spoken, key=lambda one: one[0], default=(0, "en"))[1]


def language() -> str:
    """The language of the person whose request is being answered; English outside of one."""
    if reader := _reader.get():
        return reader
    request = _request()
    if request is None:
        return "en"
    return wanted_language(request.query_params.get("lang", ""), request.headers.get("accept-language", ""))


def language_in_address() -> str:
    """The language that the address of the reader's page asks for, whatever the browser does; "" for none."""
    request = _request()
    asked = request.query_params.get("lang", "").strip().lower() if request else ""
    return asked if asked in LANGUAGES else ""


def _request() -> Any:
    gradio = sys.modules.get("gradio.context")  # not imported here: the command line does without Gradio
    return gradio.LocalContext.request.get(None) if gradio else None  # set in the thread of each listener


@contextlib.contextmanager
def speaking(language: str) -> Iterator[None]:
    """Inside, this language is spoken: for what Gradio asks without the request, such as a server function."""
    before = _reader.set(language)
    try:
        yield
    finally:
        _reader.reset(before)


@contextlib.contextmanager
def building() -> Iterator[None]:
    """Inside, `text` gives marks in place of sentences, for `spoken` to fill in later, in each language."""
    before = _is_built.set(True)
    try:
        yield
    finally:
        _is_built.reset(before)


def spoken(marked: str, language: str) -> str:
    """A text with every mark replaced by its sentence, the innermost first."""
    while BEGIN in marked:
        marked = MARKED.sub(lambda mark: _filled(mark[1], mark[2].split(PART)[1:], language), marked)
    return marked


def _filled(key: str, parts: list[str], language: str) -> str:
    if key.startswith(MADE):
        return MAKERS[key.removeprefix(MADE)](*(json.loads(unquote(part)) for part in parts), language)
    name, _, inner = key.partition(".")
    sentence = catalogue(language)[name]
    if inner:
        sentence = sentence[int(inner) if inner.isdecimal() else inner]
    named = dict(zip(parts[::2], parts[1::2], strict=True))
    return sentence.format(**named) if named else sentence


def made(kind: str, *made_from: float | str) -> str:
    """What one of MAKERS makes for the reader of the moment, such as a number; while the page is built, a mark."""
    if _is_built.get():
        parts = "".join(PART + quote(json.dumps(part), safe="") for part in made_from)
        return _Mark(BEGIN + MADE + kind + parts + END)
    return MAKERS[kind](*made_from, language())


class _Mark(str):
    def format(self, **parts) -> str:  # type: ignore[override]  # the parts of our sentences have names
        named = "".join(f"{PART}{name}{PART}{part}" for name, part in parts.items())
        return _Mark(self.removesuffix(END) + named + END)


class _Text:
    """text.py as the reader of the moment understands it: `text.TITLE`."""

    def __getattr__(self, name: str):
        if name not in catalogue("en"):
            raise AttributeError(f"text.py has no sentence {name}")
        if _is_built.get():
            return _each(catalogue("en")[name], lambda key, _: _Mark(BEGIN + name + key + END))
        return catalogue(language())[name]


def _each(value, change):
    """`change(key, sentence)` for a sentence, or for each of several."""
    if isinstance(value, str):
        return change("", value)
    if isinstance(value, Mapping):
        return {key: change(f".{key}", words) for key, words in value.items()}
    return tuple(change(f".{number}", words) for number, words in enumerate(value))


text = _Text()

"""HTML from templates, each in a folder `templates` beside the Python that fills it; all that is filled in is escaped.

A template holds macros. Its line breaks and indents are for those who edit it and do not reach the page.
"""

import json
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from streetclip_demo.own_files import damaged, own_text
from streetclip_demo.words.language import text
from streetclip_demo.words.place_names import local_country, local_name, shown, shown_path
from streetclip_demo.words.readable import (
    all_digits,
    decimal,
    exactly_said,
    grouped,
    kilometres,
    percent,
    said,
)

if TYPE_CHECKING:
    import jinja2

PACKAGE = Path(__file__).parent
TEMPLATES = (
    "evaluate/ablation",
    "evaluate/report",
    "maps/frame",
    "page/clues/bench",
    "page/draw/draw",
    "page/explain/explain",
    "page/errors/errors",
    "page/frame/badge",
    "page/frame/notes",
    "page/guess/lesson",
    "page/guess/making",
    "page/guess/room",
    "page/layout",
    "page/locate/counted",
    "page/locate/examples",
    "page/locate/export",
    "page/locate/labels",
    "page/locate/runners",
    "page/locate/share",
    "page/locate/side",
    "page/locate/tree",
    "page/steps/steps",
    "report/compared_file",
    "report/html_file",
    "report/reasons",
    "report/sentences",
    "serve/phone",
)
BESIDE_A_TAG = re.compile(r"(?<=[>}])\s*\n\s*|\s*\n\s*(?=[<{])")
LINE_BREAK = re.compile(r"\s*\n\s*")


def check_templates() -> None:
    """Raise DataError where one of them cannot be used."""
    for name in TEMPLATES:
        _macros(name)


def filled(template: str, macro: str, *values: Any) -> str:
    """A macro's HTML, as of `filled("page/locate/tree", "notes", notes)`; a plain str, so that `+` escapes nothing."""
    return str(getattr(_macros(template), macro)(*values))


@cache
def _macros(template: str) -> Any:
    from jinja2 import TemplateError

    try:
        return _environment().get_template(template).module
    except TemplateError as error:
        raise damaged(path_of(template), f"{type(error).__name__}: {error}") from None


@cache
def _environment() -> "jinja2.Environment":
    from jinja2 import (  # 40 ms: the command line mostly does without
        Environment,
        FunctionLoader,
        StrictUndefined,
    )

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, loader=FunctionLoader(_source), auto_reload=False
    )
    environment.globals["text"] = text
    environment.filters |= {"percent": percent, "kilometres": kilometres, "grouped": grouped}
    environment.filters |= {"decimal": decimal, "exact": repr, "all_digits": all_digits}
    environment.filters |= {"of_place": _of_place, "counted": _counted, "path_start": _path_start}
    environment.filters |= {"said": said, "exactly_said": exactly_said, "local_country": local_country}
    environment.filters |= {"shown": shown, "shown_path": shown_path, "local_name": local_name}
    environment.filters |= {"point": "[{0[0]}, {0[1]}]".format}
    environment.filters |= {"width": "{:.2%}".format, "json": json.JSONEncoder(ensure_ascii=False).encode}
    return environment


def _of_place(sentence: str, name: str) -> str:
    return sentence.format(place=name)  # in the template it would take 1 µs more, for each row of a tree


def _path_start(names: Sequence[str]) -> str:
    return "".join(f"{json.dumps(name, ensure_ascii=False)}, " for name in names)


def _counted(nodes: Sequence) -> dict[str, str]:
    return {"count": grouped(len(nodes)), "share": percent(sum(node.probability for node in nodes))}


def _source(template: str) -> str:
    whole = own_text(path_of(template)).strip()
    return LINE_BREAK.sub(" ", BESIDE_A_TAG.sub("", whole))


def path_of(template: str) -> Path:
    """The file of a template, such as "page/locate/tree"."""
    folder, _, name = template.rpartition("/")
    return PACKAGE / folder / "templates" / f"{name}.html"

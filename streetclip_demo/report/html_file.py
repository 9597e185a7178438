"""A result as one HTML file that opens from disk with no network: answer, photo if wanted, map, tree, manifest."""

import json
from dataclasses import dataclass
from functools import cache
from html import escape

from streetclip_demo.own_files import ASSETS, own_text
from streetclip_demo.palette import tokens_style
from streetclip_demo.posterior.prediction import Prediction
from streetclip_demo.report.sentences import details, headline
from streetclip_demo.words.language import language, text
from streetclip_demo.words.readable import percent

# Nothing may be asked for but the street tiles that the map offers; the map's frame has these rules too.
RULES = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data: {tiles}"
# For browsers whose style cannot reach into a folded branch; for the others it is in result_file.css.
UNFOLD = "this.folds = document.querySelectorAll('details:not([open])'); for (const one of this.folds) one.open = true"
FOLD = "for (const one of this.folds ?? []) one.open = false"
TILES = "https://tile.openstreetmap.org"


@dataclass(frozen=True)
class ResultFile:
    """What goes into the file."""

    prediction: Prediction
    record: dict  # export.prediction_record
    map: str  # world_map.map_frame
    photo: str = ""  # a data URI without metadata, or ""
    theme: str = "light"


def result_html(result: ResultFile) -> str:
    """The whole document. Each text from outside is escaped; the record is in it once more, as JSON."""
    prediction, record = result.prediction, result.record
    title = headline(prediction)
    mark = f'<p class="mark">{escape(prediction.mark)}</p>' if prediction.mark else ""
    photo = (
        f'<figure><img src="{escape(result.photo)}" alt="{escape(text.PHOTO_ALT)}"></figure>'
        if result.photo
        else ""
    )
    return (
        f'<!DOCTYPE html>\n<html lang="{language()}" data-theme="{escape(result.theme)}">\n<head>\n'
        '<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{RULES.format(tiles=TILES)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{_style()}</style>\n</head>\n"
        f'<body onbeforeprint="{UNFOLD}" onafterprint="{FOLD}">\n<main>\n'
        f'<p class="kicker">{escape(text.TITLE)}</p><h1>{escape(title)}.</h1>{mark}'
        f'<p class="details">{escape(" ".join(details(prediction)))}</p>\n'
        f'<div class="pictures">{photo}<div class="map">{result.map}</div></div>\n'
        f"<section><h2>{escape(text.TREE)}</h2>{mark}{_tree(record['tree'], opened=1)}</section>\n"
        f"{_notes(record['notes'])}{_manifest(record)}\n"
        f"<footer>{_credits()}</footer>\n</main>\n"
        f'<script type="application/json" id="record">{_in_script(record)}</script>\n</body>\n</html>\n'
    )


def foot_lines(record: dict) -> list[str]:
    """What a picture of a result must say under it: model, method, date, credits."""
    manifest = record["manifest"]
    made = text.FILE_MADE_WITH.format(
        model=manifest["model"], revision=manifest["revision"], date=manifest["date"][:10]
    )
    return [made, text.NOTICE_SHARES, text.NOTICE_PLACES]


def _tree(nodes: list[dict], opened: int = 0) -> str:
    rows = "".join(_row(node, is_open=number < opened) for number, node in enumerate(nodes))
    return f"<ul>{rows}</ul>"


def _row(node: dict, is_open: bool) -> str:
    off_map = "" if node["latitude"] is not None else f" <small>{escape(text.LEVELS['label'])}</small>"
    row = (
        f'<span class="name" dir="auto">{escape(node["name"])}{off_map}</span> '
        f'<span class="share">{escape(percent(node["probability"]))}</span>'
        f'<span class="bar" aria-hidden="true"><span style="width:{node["probability"]:.2%}"></span></span>'
    )
    if not node["children"]:
        return f'<li><div class="row">{row}</div></li>'
    opened = " open" if is_open else ""
    return (
        f'<li><details{opened}><summary class="row">{row}</summary>{_tree(node["children"])}</details></li>'
    )


def _notes(notes: list[str]) -> str:
    items = "".join(f"<li>{escape(note)}</li>" for note in notes)
    return (
        f"<section class='notes'><h2>{escape(text.NOTES)}</h2><ul>{items}</ul></section>\n" if notes else ""
    )


def _manifest(record: dict) -> str:
    manifest = record["manifest"]
    versions = ", ".join(f"{name} {version}" for name, version in manifest["versions"].items())
    computed = [manifest[key] for key in ("engine", "precision", "device")]
    templates = "\n".join(
        f"{level}: {line}" for level, lines in manifest["templates"].items() for line in lines
    )
    told = [
        (text.FILE_MODEL, manifest["model"]),
        (text.FILE_REVISION, manifest["revision"]),
        (text.FILE_COMPUTED, ", ".join(filter(None, computed))),
        (text.FILE_GAZETTEER, manifest["gazetteer"]),
        (text.ESTIMATOR, text.ESTIMATOR_CHOICES[manifest["estimator"]]),
        (text.FILE_DATE, manifest["date"]),
        (text.FILE_VERSIONS, versions),
        (text.FILE_LABELS_HASH, manifest["labels_sha256"]),
    ]
    rows = "".join(f"<dt>{escape(term)}</dt><dd>{escape(said)}</dd>" for term, said in told)
    folded = [(text.TEMPLATES, templates), (text.OUTLINE, manifest["labels"])]
    folds = "".join(
        f'<details><summary>{escape(term)}</summary><pre dir="auto">{escape(said)}</pre></details>'
        for term, said in folded
    )
    return f'<section class="manifest"><h2>{escape(text.FILE_MANIFEST)}</h2><dl>{rows}</dl>{folds}</section>'


def _credits() -> str:
    notices = (text.NOTICE_SHARES, text.NOTICE_MODEL, text.NOTICE_PLACES, text.NOTICE_WORLDVIEW)
    return "".join(f"<p>{escape(notice)}</p>" for notice in notices)


def _in_script(record: dict) -> str:
    return json.dumps(record, ensure_ascii=False).replace("<", r"\u003c")


@cache
def _style() -> str:
    return tokens_style() + own_text(ASSETS / "result_file.css")

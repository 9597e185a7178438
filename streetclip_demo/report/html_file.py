"""A result as one HTML file that opens from disk with no network: answer, photo if wanted, map, tree, manifest."""

import json
from dataclasses import dataclass
from functools import cache

from streetclip_demo.markup import filled
from streetclip_demo.own_files import ASSETS, own_text
from streetclip_demo.palette import tokens_style
from streetclip_demo.posterior.prediction import Prediction
from streetclip_demo.report.sentences import details, headline
from streetclip_demo.words.language import language, text
from streetclip_demo.words.place_names import local_name
from streetclip_demo.words.readable import said

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
    reasons: str = ""  # reasons.reasons_html


def result_html(result: ResultFile) -> str:
    """The whole document. Each text from outside is escaped; the record is in it once more, as JSON."""
    told = [headline(result.prediction), " ".join(details(result.prediction))]
    manifest, record = result.record["manifest"], in_script(result.record)
    listed = facts_of(manifest), folded_of(manifest)
    level = deciding(result.record["tree"])
    return filled("report/html_file", "document", result, frame_of(), told, level, *listed, record) + "\n"


def frame_of() -> list[str]:
    """What the head of such a document is made of."""
    return [language(), RULES.format(tiles=TILES), UNFOLD, FOLD, _style()]


def deciding(tree: list[dict]) -> dict:
    """`deciding.deciding_level` of a record's nodes."""
    above: list[str] = []
    while len(tree) == 1 and tree[0]["children"]:
        above, tree = [*above, local_name(tree[0]["name"], tree[0]["place_id"])], tree[0]["children"]
    return {"above": above, "nodes": tree}


def foot_lines(record: dict) -> list[str]:
    """What a picture of a result must say under it: model, method, date, credits."""
    manifest = record["manifest"]
    made = text.FILE_MADE_WITH.format(
        model=said(manifest["model"]), revision=manifest["revision"], date=manifest["date"][:10]
    )
    return [made, text.NOTICE_SHARES, text.NOTICE_PLACES]


def facts_of(manifest: dict) -> list[tuple[str, str]]:
    """What a result rests on, in words."""
    versions = ", ".join(f"{name} {version}" for name, version in manifest["versions"].items())
    computed = [manifest[key] for key in ("engine", "precision", "device")]
    return [
        (text.FILE_MODEL, said(manifest["model"])),
        (text.FILE_REVISION, manifest["revision"]),
        (text.FILE_COMPUTED, ", ".join(filter(None, computed))),
        (text.FILE_GAZETTEER, manifest["gazetteer"]),
        (text.ESTIMATOR, text.ESTIMATOR_CHOICES.get(manifest["estimator"], text.ESTIMATOR_DENSEST)),
        (text.FILE_DATE, manifest["date"]),
        (text.FILE_VERSIONS, versions),
        (text.FILE_LABELS_HASH, manifest["labels_sha256"]),
    ]


def folded_of(manifest: dict) -> list[tuple[str, str]]:
    """The longer ones of those: templates and labels."""
    templates = "\n".join(
        f"{level}: {line}" for level, lines in manifest["templates"].items() for line in lines
    )
    return [(text.TEMPLATES, templates), (text.OUTLINE, manifest["labels"])]


def in_script(record: dict) -> str:
    """A record as JSON that ends no script."""
    return json.dumps(record, ensure_ascii=False).replace("<", r"\u003c")


@cache
def _style() -> str:
    return tokens_style() + own_text(ASSETS / "reasons.css") + own_text(ASSETS / "result_file.css")

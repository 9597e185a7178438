"""Answers of several models as one HTML file that needs no network: comparison, map, trees, manifests."""

from collections.abc import Sequence
from dataclasses import dataclass

from streetclip_demo.locate.compare import SideBySide
from streetclip_demo.markup import filled
from streetclip_demo.posterior.prediction import Prediction
from streetclip_demo.report.comparison import comparison_sentences, parting_sentence, weights_sentence
from streetclip_demo.report.html_file import deciding, facts_of, folded_of, frame_of, in_script
from streetclip_demo.report.sentences import headline
from streetclip_demo.words.language import text


@dataclass(frozen=True)
class ComparedFile:
    """What goes into the file."""

    side: SideBySide
    record: dict  # comparison.side_by_side_record
    map: str  # world_map.map_frame
    photo: str = ""  # a data URI without metadata, or ""
    theme: str = "light"
    reasons: Sequence[str] = ()  # reasons.reasons_html of each, where that was asked


def compared_html(result: ComparedFile) -> str:
    """The whole document. Each text from outside is escaped; the record is in it once more, as JSON."""
    side = result.side
    told = [(parting_sentence(one), comparison_sentences(one)[0]) for one in side.comparisons]
    records = result.record["models"]
    reasons = result.reasons or [""] * len(records)
    models = [_section(*one) for one in zip(side.predictions, records, reasons, strict=True)]
    together = []
    if side.combined is not None:
        level = deciding(result.record["combined"]["tree"])
        together = [(text.COMBINED, headline(side.combined), weights_sentence(side), level)]
    record = in_script(result.record)
    return (
        filled("report/compared_file", "document", result, frame_of(), told, models, together, record) + "\n"
    )


def _section(prediction: Prediction, record: dict, reasons: str) -> tuple:
    manifest, level = record["manifest"], deciding(record["tree"])
    return prediction, headline(prediction), level, reasons, facts_of(manifest), folded_of(manifest)

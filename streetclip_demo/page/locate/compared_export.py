"""The files of the area "Export" where models are compared: all of them in each. Writes nothing on the server."""

from collections.abc import Sequence

from streetclip_demo.locate.compare import SideBySide
from streetclip_demo.page.frame.session import Session
from streetclip_demo.posterior.deciding import deciding_level
from streetclip_demo.report.comparison import (
    LETTERS,
    comparison_sentences,
    parting_sentence,
    side_by_side_record,
)
from streetclip_demo.report.html_file import foot_lines
from streetclip_demo.words.language import text
from streetclip_demo.words.place_names import shown
from streetclip_demo.words.readable import percent, said

ROWS = 4  # of each model, in a picture


def compared_record(session: Session, side: SideBySide) -> dict:
    """All of it as data."""
    assert session.question is not None  # there is an answer
    return side_by_side_record(side, session.question, session.photo.digest if session.photo else None)


def compared_picture(side: SideBySide, record: dict, photo: str) -> dict:
    """What a picture of the result shows."""
    titles = [f"{letter}: {said(one.model)}" for letter, one in zip(LETTERS, side.predictions, strict=False)]
    made = [foot_lines(one) for one in record["models"]]
    return {
        "headline": " ".join(map(parting_sentence, side.comparisons)),
        "details": " ".join(comparison_sentences(one)[0] for one in side.comparisons),
        "mark": " ".join(dict.fromkeys(said(one.mark) for one in side.predictions if one.mark)),
        "treeTitle": text.COMMA.join(titles),
        "rows": _rows(side),
        "foot": [*(lines[0] for lines in made), *made[0][1:]],
        "photo": photo,
    }


def _rows(side: SideBySide) -> Sequence[dict]:
    return [
        {
            "depth": int(number > 0),
            "name": f"{letter} · {shown(node.candidate)}",
            "share": percent(node.probability),
            "part": float(node.probability),
        }
        for letter, one in zip(LETTERS, side.predictions, strict=False)
        for number, node in enumerate(deciding_level(one.roots).nodes[:ROWS])
    ]

"""``locate --query SENTENCE``: a sentence in a photo's place, as GeoCLIP can take one."""

import argparse
import json
from typing import TYPE_CHECKING, cast

from streetclip_demo.checkpoints.cards import ModelCard
from streetclip_demo.cli.located_files import LocatedFiles
from streetclip_demo.cli.printed import report
from streetclip_demo.errors import QuestionError
from streetclip_demo.locate.locator import Locator
from streetclip_demo.locate.question import Question
from streetclip_demo.report.record import prediction_record

if TYPE_CHECKING:
    from streetclip_demo.locate.geoclip import GeoClipLocator

NAME = "query"  # of the files that are written for it in a folder


def checked_query(options: argparse.Namespace, card: ModelCard) -> argparse.Namespace:
    """The options, with the query in the photos' place where there is one.

    Raise QuestionError if there is neither photo nor query, or both, or the model reads no sentences.
    """
    if options.query is None:
        if not options.photos:
            raise QuestionError(
                'Nothing is asked. Name a photo, or with --model geoclip add --query "a place".'
            )
        return options
    if options.photos:
        raise QuestionError("A query takes a photo's place: leave the photos out, or --query.")
    if card.kind != "geoclip":
        raise QuestionError(f"{card.title} locates photos, not sentences. Add --model geoclip.")
    if options.out:
        raise QuestionError("A query is one answer, not a row for each photo: leave --out out.")
    if options.with_photo:
        raise QuestionError("A query has no photo: leave --with-photo out.")
    return argparse.Namespace(**vars(options) | {"photos": [NAME]})


def locate_query(
    options: argparse.Namespace, locator: Locator, question: Question, files: LocatedFiles
) -> int:
    """Answer for the sentence, and write what the options ask for."""
    embedded = cast("GeoClipLocator", locator).embed_query(options.query)
    prediction = locator.answer(embedded, question)
    record = prediction_record(prediction, question) | {"query": options.query}
    files.write_own(files.own_of(NAME), None, prediction, record)
    files.add_to_all(NAME, record)
    if options.json:
        print(json.dumps({"file": None} | record))
    else:
        print("\n".join(report(options.query, prediction, options.top)))
    return 0

"""``record LESSON.json``: a model's answers written into a lesson."""

import argparse
import functools
from datetime import UTC, datetime
from pathlib import Path

from streetclip_demo.checkpoints.cards import ModelCard
from streetclip_demo.cli.side_by_side import models_in_memory
from streetclip_demo.cli.terminal import plain
from streetclip_demo.cli.whole_file import read_text, write_whole
from streetclip_demo.errors import LessonError
from streetclip_demo.locate.loading import Wanted
from streetclip_demo.locate.question import Question
from streetclip_demo.photos.photo import open_photo
from streetclip_demo.places.gazetteer import Gazetteer
from streetclip_demo.posterior.prediction import Prediction
from streetclip_demo.teaching.lessons import LessonQuestion, read_lesson
from streetclip_demo.teaching.recording import record_lesson
from streetclip_demo.words.readable import percent


def record(options: argparse.Namespace) -> int:
    """Write answers of a model, or of several, into a lesson. None stands in for one that was asked for."""
    path: Path = options.lesson
    gazetteer = Gazetteer.load()
    wanted = Wanted.each_by(options)
    # Loaded after the lesson has been checked: a mistake is told at once
    library = models_in_memory(wanted, gazetteer)

    def ask(card: ModelCard, question: LessonQuestion) -> Prediction:
        return library.get(card).locate(
            open_photo(question.photo), Question(question.labels, add_cities=False)
        )

    asks = [functools.partial(ask, one.card) for one in wanted]
    content = read_text(path, LessonError).encode()
    written = record_lesson(content, path.name, path.parent, gazetteer, asks, datetime.now(UTC).date())
    write_whole(path, written, "lesson")
    for number, question in enumerate(read_lesson(written.encode(), path.name, gazetteer).questions, start=1):
        assert question.recorded is not None  # each has just been recorded
        for answer in (question.recorded, *question.others):
            pin = plain(answer.pin.place) if answer.pin else "no place"
            told = f"{answer.model} says {pin}, {percent(answer.probability)}"
            print(f"{number}. {plain(question.answer.place)}: {told}")
    return 0

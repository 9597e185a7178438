"""``record LESSON.json``: a model's answers written into a lesson."""

import argparse
import functools
from datetime import UTC, datetime
from pathlib import Path

from streetclip_demo.cli.terminal import on_terminal, plain
from streetclip_demo.cli.whole_file import read_text, write_whole
from streetclip_demo.errors import LessonError
from streetclip_demo.locate.drawn import practice_digests
from streetclip_demo.locate.loading import Wanted, load_locator
from streetclip_demo.locate.locator import Locator
from streetclip_demo.locate.question import Question
from streetclip_demo.photos.photo import open_photo
from streetclip_demo.places.gazetteer import Gazetteer
from streetclip_demo.posterior.prediction import Prediction
from streetclip_demo.teaching.lessons import LessonQuestion, read_lesson
from streetclip_demo.teaching.recording import record_lesson
from streetclip_demo.words.readable import percent


def record(options: argparse.Namespace) -> int:
    """Write a model's answers into a lesson. It is the model that was asked for: none stands in for it."""
    path: Path = options.lesson
    gazetteer = Gazetteer.load()

    @functools.cache
    def locator() -> Locator:  # after the lesson has been checked: a mistake is told at once
        wanted = Wanted.by(options)
        return load_locator(wanted, gazetteer, practice_digests(), on_terminal(wanted.card))

    def ask(question: LessonQuestion) -> Prediction:
        return locator().locate(open_photo(question.photo), Question(question.labels, add_cities=False))

    content = read_text(path, LessonError).encode()
    written = record_lesson(content, path.name, path.parent, gazetteer, ask, datetime.now(UTC).date())
    write_whole(path, written, "lesson")
    for number, question in enumerate(read_lesson(written.encode(), path.name, gazetteer).questions, start=1):
        answer = question.recorded
        assert answer is not None  # each has just been recorded
        pin = plain(answer.pin.place) if answer.pin else "no place"
        print(
            f"{number}. {plain(question.answer.place)}: {answer.model} says {pin}, {percent(answer.probability)}"
        )
    return 0

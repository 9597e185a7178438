"""A lesson as HTML: question, result, totals, summary. What is not to be known before the guess is not in it."""

from collections.abc import Callable, Iterable

from streetclip_demo.markup import filled
from streetclip_demo.photos.photo import data_uri, open_photo
from streetclip_demo.places.gazetteer import Gazetteer
from streetclip_demo.report.sentences import message_html
from streetclip_demo.teaching.accuracy import WITHIN_KM, Accuracy, accuracy
from streetclip_demo.teaching.lesson_run import MOST_POINTS, LessonRun, Point, Round, Score
from streetclip_demo.teaching.lessons import LessonQuestion, ModelAnswer
from streetclip_demo.words.countries import country_names
from streetclip_demo.words.language import language, text
from streetclip_demo.words.place_names import local_name
from streetclip_demo.words.readable import exactly_said, grouped, kilometres, position, said

PHOTO_PX = 1024
REVISION_LETTERS = 12


# The question


def progress_html(run: LessonRun) -> str:
    """Where the person is in the lesson, and the running totals."""
    if run.lesson is None:
        return ""
    count = len(run.lesson.questions)
    where = (
        exactly_said(run.lesson.title)
        if run.is_over
        else text.QUESTION_NUMBER.format(number=run.number + 1, count=count)
    )
    return filled("page/guess/lesson", "progress", where, list(_totals(run.rounds)))


def question_html(run: LessonRun) -> str:
    """The question with its photo and credit; the photo's file name and metadata are not in it."""
    if run.lesson is None:
        return message_html(text.NO_LESSON)
    question = run.question
    if question is None:
        return summary_html(run)
    photo = data_uri(open_photo(question.photo).shown, PHOTO_PX)
    return filled("page/guess/lesson", "question", run, photo)


def pin_html(point: Point | None, gazetteer: Gazetteer) -> str:
    """Where the pin stands, in words; how to put it where there is none."""
    if point is None:
        return filled("page/guess/lesson", "pin", text.GUESS_MAP_HELP)
    where = position(point, decimals=1)
    code = gazetteer.country_at([point])[0]
    if code is None:
        return filled("page/guess/lesson", "pin", text.PIN_AT.format(position=where))
    sentence = text.PIN_IN.format(country=country_names(language())[code], position=where)
    return filled("page/guess/lesson", "pin", sentence)


# The result


def result_html(run: LessonRun, is_loading: bool = False) -> str:
    """The answer, and how the person and the model did; "" before the guess."""
    shown, question = run.round, run.question
    if shown is None or question is None:
        return ""
    source = source_words(shown.answer) if shown.answer else ""
    others = [(answer, score, source_words(answer)) for answer, score in shown.others]
    return filled("page/guess/lesson", "result", question, shown, is_loading, source, MOST_POINTS, others)


def distance_words(distance_km: float) -> str:
    """How far a pin is, in words."""
    return kilometres(distance_km) if distance_km >= 1 else text.UNDER_A_KILOMETRE


def score_words(score: Score) -> str:
    """How far off a pin is; of a country, whether it is the right one."""
    if score.distance_km is None:
        return text.RIGHT_COUNTRY if score.is_right_country else text.OTHER_COUNTRY
    return distance_words(score.distance_km)


def source_words(answer: ModelAnswer) -> str:
    """Which model gave an answer, and when."""
    sentence = text.RECORDED_WITH if answer.recorded_on else text.ANSWERED_NOW
    return sentence.format(
        model=said(answer.model), revision=answer.revision[:REVISION_LETTERS], date=answer.recorded_on
    )


# Totals and summary


def _totals(rounds: tuple[Round, ...]) -> Iterable[tuple[str, str]]:
    if not rounds:
        return
    yield "you", text.TOTAL_YOU.format(points=grouped(_points(one.you for one in rounds)))
    models = [one.model for one in rounds if one.model]
    if models:
        sentence = text.TOTAL_MODEL if len(models) == len(rounds) else text.TOTAL_MODEL_SOME
        points = grouped(_points(models))
        yield "model", sentence.format(points=points, answered=len(models), asked=len(rounds))


def _points(scores: Iterable[Score]) -> int:
    return sum(score.points for score in scores)


def summary_html(run: LessonRun) -> str:
    """How the whole lesson went: a sentence and a table."""
    rounds, questions = run.rounds, run.lesson.questions if run.lesson else ()
    most = MOST_POINTS * len(rounds)
    head = text.SUMMARY.format(points=grouped(_points(one.you for one in rounds)), most=grouped(most))
    kinds = {bool(question.country) for question in questions}
    helps = [
        sentence for kind, sentence in ((False, text.SCORE_HELP), (True, text.COUNTRY_HELP)) if kind in kinds
    ]
    told = [*_comparison(rounds), *helps, text.SUMMARY_NOT_KEPT]
    rows = [
        (_place(question), _cell(one.you), _cell(one.model) if one.model else text.NO_ANSWER)
        for question, one in zip(questions, rounds, strict=False)
    ]
    players = [accuracy([one.you for one in rounds]), accuracy([one.model for one in rounds if one.model])]
    return filled("page/guess/lesson", "summary", head, told, list(_accuracies(players)), rows)


def _accuracies(players: list[Accuracy]) -> Iterable[tuple[str, list[str]]]:
    """Rows of the table: what is counted, and both players' cells; no distances where all answers are countries."""

    def cells(count: Callable[[Accuracy], int], asked: Callable[[Accuracy], int]) -> list[str]:
        return [
            text.ACCURACY_OF.format(count=count(one), asked=asked(one)) if asked(one) else text.NO_ANSWER
            for one in players
        ]

    yield text.RIGHT_COUNTRY, cells(lambda one: one.right_country, lambda one: one.answered)
    if not any(one.distances_km for one in players):
        return
    medians = [one.median_km for one in players]
    yield text.ACCURACY_MEDIAN, [text.NO_ANSWER if km is None else distance_words(km) for km in medians]
    for most_km in WITHIN_KM:

        def within(one: Accuracy, most_km: int = most_km) -> int:
            return one.within(most_km)

        name = text.ACCURACY_WITHIN.format(distance=kilometres(most_km))
        yield name, cells(within, lambda one: len(one.distances_km))


def _place(question: LessonQuestion) -> str:
    return local_name(question.answer.place, question.country)


def _comparison(rounds: tuple[Round, ...]) -> Iterable[str]:
    both = [(one.you, one.model) for one in rounds if one.model]
    if both:
        closer = sum(_is_better(you, model) for you, model in both)
        yield text.SUMMARY_CLOSER.format(count=closer, compared=len(both))
        points = grouped(_points(model for _, model in both))
        yield text.SUMMARY_MODEL.format(points=points, answered=len(both))


def _is_better(you: Score, model: Score) -> bool:
    if you.distance_km is None or model.distance_km is None:
        return you.points > model.points
    return you.distance_km < model.distance_km


def _cell(score: Score) -> str:
    return text.CELL.format(distance=score_words(score), points=grouped(score.points))


# Maps


def map_drawing(run: LessonRun, gazetteer: Gazetteer, theme: str) -> str:
    """The map for where the person is in the lesson, as a value of maps.map_view."""
    from streetclip_demo.maps.lesson_map import (  # brings Folium: see maps.py
        answer_map,
        guess_map,
        summary_map,
    )

    if run.lesson is not None and run.is_over:
        groups = [
            _marks(one, question, str(number))
            for number, (one, question) in enumerate(
                zip(run.rounds, run.lesson.questions, strict=True), start=1
            )
        ]
        return summary_map(groups, gazetteer, text.SUMMARY_MAP, theme=theme).drawing(text.SUMMARY_MAP)
    shown, question = run.round, run.question
    if shown is None or question is None:
        return guess_map(gazetteer, text.GUESS_MAP, text.YOUR_PIN, theme=theme).drawing(text.GUESS_MAP)
    title = text.ANSWER_MAP.format(place=_place(question))
    marks = _marks(shown, question, _place(question))
    return answer_map(marks, gazetteer, title, theme=theme).drawing(title)


def _marks(shown: Round, question, name: str) -> list:
    from streetclip_demo.maps.lesson_map import Mark

    marks = [
        Mark("truth", question.answer.point, name),
        Mark("you", shown.you.point, text.MARK_YOU.format(distance=score_words(shown.you))),
    ]
    if shown.model:
        distance = score_words(shown.model)
        marks.append(Mark("model", shown.model.point, text.MARK_MODEL.format(distance=distance)))
    for answer, their in shown.others:
        if their:
            told = text.ONE_OF_SEVERAL.format(place=said(answer.model), share=score_words(their))
            marks.append(Mark("model", their.point, told))
    return marks

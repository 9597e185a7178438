"""A lesson as HTML: question, result, totals, summary. What is not to be known before the guess is not in it."""

from collections.abc import Iterable
from html import escape

from streetclip_demo.page.frame.maps import drawing
from streetclip_demo.photos.photo import data_uri, open_photo
from streetclip_demo.places.gazetteer import Gazetteer
from streetclip_demo.report.sentences import message_html
from streetclip_demo.teaching.lesson_run import MOST_POINTS, LessonRun, Point, Round, Score
from streetclip_demo.teaching.lessons import ModelAnswer
from streetclip_demo.words.language import text
from streetclip_demo.words.readable import kilometres, percent

PHOTO_PX = 1024
SHOWN_SHARES = 3
REVISION_LETTERS = 12


# The question


def progress_html(run: LessonRun) -> str:
    """Where the person is in the lesson, and the running totals."""
    if run.lesson is None:
        return ""
    count = len(run.lesson.questions)
    where = (
        run.lesson.title if run.is_over else text.QUESTION_NUMBER.format(number=run.number + 1, count=count)
    )
    totals = "".join(
        f'<span class="total {kind}">{escape(total)}</span>' for kind, total in _totals(run.rounds)
    )
    return f'<p class="lesson-progress"><strong>{escape(where)}</strong>{totals}</p>'


def question_html(run: LessonRun) -> str:
    """The question with its photo and credit; the photo's file name and metadata are not in it."""
    if run.lesson is None:
        return message_html(text.NO_LESSON)
    question = run.question
    if question is None:
        return summary_html(run)
    source = data_uri(open_photo(question.photo).shown, PHOTO_PX)
    alt = escape(text.LESSON_PHOTO_ALT.format(number=run.number + 1))
    about = f'<p class="about">{escape(run.lesson.about)}</p>' if run.lesson.about and run.number == 0 else ""
    return (
        f'{about}<h2 tabindex="-1" dir="auto">{escape(question.question)}</h2>'
        f'<figure><img src="{source}" alt="{alt}">'
        f'<figcaption dir="auto">{escape(question.credit)}</figcaption></figure>'
    )


def pin_html(point: Point | None, gazetteer: Gazetteer) -> str:
    """Where the pin stands, in words; how to put it where there is none."""
    if point is None:
        return f'<p class="pin">{escape(text.GUESS_MAP_HELP)}</p>'
    latitude, longitude = point
    position = f"{abs(latitude):.1f}° {'NS'[latitude < 0]}, {abs(longitude):.1f}° {'EW'[longitude < 0]}"
    code = gazetteer.country_at([point])[0]
    if code is None:
        return f'<p class="pin">{escape(text.PIN_AT.format(position=position))}</p>'
    sentence = text.PIN_IN.format(country=gazetteer.country(code).name, position=position)
    return f'<p class="pin">{escape(sentence)}</p>'


# The result


def result_html(run: LessonRun, is_loading: bool = False) -> str:
    """The answer, and how the person and the model did; "" before the guess."""
    shown, question = run.round, run.question
    if shown is None or question is None:
        return ""
    explanation = (
        f'<p class="explanation" dir="auto">{escape(question.explanation)}</p>'
        if question.explanation
        else ""
    )
    truth = escape(text.IT_WAS.format(place=question.answer.place))
    return (
        f'<h3 class="truth" dir="auto">{truth}</h3>{explanation}'
        f'<div class="cards">{_your_card(shown.you)}{_model_card(shown, is_loading)}</div>'
    )


def _your_card(you: Score) -> str:
    return f'<section class="card you"><h4>{escape(text.YOU)}</h4>{_score(you)}</section>'


def _model_card(shown: Round, is_loading: bool) -> str:
    answer = shown.answer
    title = escape(answer.model if answer else text.THE_MODEL)
    head = f'<section class="card model"><h4>{title}</h4>'
    if answer is None:
        waiting = text.MODEL_IS_LOADING if is_loading else text.MODEL_IS_ASKED
        return f"{head}<p>{escape(shown.problem or waiting)}</p></section>"
    mark = f'<p class="mark">{escape(answer.mark)}</p>' if answer.mark else ""
    if shown.model is None or answer.pin is None:
        score = f"<p>{escape(text.MODEL_HAS_NO_PIN.format(place=answer.shares[0][0]))}</p>"
    else:
        score = _score(shown.model) + f"<p>{escape(text.MODEL_PIN.format(place=answer.pin.place))}</p>"
    source = f'<p class="source" title="{escape(answer.revision)}">{escape(_source(answer))}</p>'
    return f"{head}{mark}{score}{_shares(answer)}{source}</section>"


def _distance(distance_km: float) -> str:
    return kilometres(distance_km) if distance_km >= 1 else text.UNDER_A_KILOMETRE


def _score(score: Score) -> str:
    away = escape(text.AWAY.format(distance=_distance(score.distance_km)))
    points = escape(text.POINTS.format(points=f"{score.points:,}", most=f"{MOST_POINTS:,}"))
    country = escape(text.RIGHT_COUNTRY if score.is_right_country else text.OTHER_COUNTRY)
    kind = "right" if score.is_right_country else "other"
    return f'<p class="away">{away}</p><p class="points">{points}</p><p class="country {kind}">{country}</p>'


def _shares(answer: ModelAnswer) -> str:
    rows = "".join(
        f'<li><span class="name" dir="auto">{escape(name)}</span> <span class="share">{escape(percent(share))}</span>'
        f'<span class="bar" aria-hidden="true"><span style="width:{share:.1%}"></span></span></li>'
        for name, share in answer.shares[:SHOWN_SHARES]
    )
    return f"<ul>{rows}</ul>"


def _source(answer: ModelAnswer) -> str:
    sentence = text.RECORDED_WITH if answer.recorded_on else text.ANSWERED_NOW
    return sentence.format(
        model=answer.model, revision=answer.revision[:REVISION_LETTERS], date=answer.recorded_on
    )


# Totals and summary


def _totals(rounds: tuple[Round, ...]) -> Iterable[tuple[str, str]]:
    if not rounds:
        return
    yield "you", text.TOTAL_YOU.format(points=f"{_points(one.you for one in rounds):,}")
    models = [one.model for one in rounds if one.model]
    if models:
        sentence = text.TOTAL_MODEL if len(models) == len(rounds) else text.TOTAL_MODEL_SOME
        points = f"{_points(models):,}"
        yield "model", sentence.format(points=points, answered=len(models), asked=len(rounds))


def _points(scores: Iterable[Score]) -> int:
    return sum(score.points for score in scores)


def summary_html(run: LessonRun) -> str:
    """How the whole lesson went: a sentence and a table."""
    rounds, questions = run.rounds, run.lesson.questions if run.lesson else ()
    most = MOST_POINTS * len(rounds)
    head = text.SUMMARY.format(points=f"{_points(one.you for one in rounds):,}", most=f"{most:,}")
    told = [*_comparison(rounds), text.SCORE_HELP, text.SUMMARY_NOT_KEPT]
    body = "".join(map(_summary_row, range(1, len(rounds) + 1), questions, rounds))
    columns = "".join(
        f'<th scope="col">{escape(name)}</th>' for name in (text.COLUMN_PLACE, text.YOU, text.THE_MODEL)
    )
    return (
        f'<div class="summary"><h2 tabindex="-1">{escape(head)}</h2>'
        + "".join(f"<p>{escape(sentence)}</p>" for sentence in told)
        + f'<table><thead><tr><th scope="col">#</th>{columns}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def _comparison(rounds: tuple[Round, ...]) -> Iterable[str]:
    both = [(one.you, one.model) for one in rounds if one.model]
    if both:
        closer = sum(you.distance_km < model.distance_km for you, model in both)
        yield text.SUMMARY_CLOSER.format(count=closer, compared=len(both))
        points = f"{_points(model for _, model in both):,}"
        yield text.SUMMARY_MODEL.format(points=points, answered=len(both))


def _summary_row(number, question, shown: Round) -> str:
    model = _cell(shown.model) if shown.model else text.NO_ANSWER
    cells = (question.answer.place, _cell(shown.you), model)
    return (
        f'<tr><th scope="row">{number}</th>'
        + "".join(f'<td dir="auto">{escape(cell)}</td>' for cell in cells)
        + "</tr>"
    )


def _cell(score: Score) -> str:
    return text.CELL.format(distance=_distance(score.distance_km), points=f"{score.points:,}")


# Maps


def map_drawing(run: LessonRun, gazetteer: Gazetteer, theme: str) -> str:
    """The map for where the person is in the lesson, as a value of map_view.py's component."""
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
        return drawing(summary_map(groups, gazetteer, text.SUMMARY_MAP, theme=theme), text.SUMMARY_MAP)
    shown, question = run.round, run.question
    if shown is None or question is None:
        return drawing(guess_map(gazetteer, text.GUESS_MAP, text.YOUR_PIN, theme=theme), text.GUESS_MAP)
    title = text.ANSWER_MAP.format(place=question.answer.place)
    marks = _marks(shown, question, question.answer.place)
    return drawing(answer_map(marks, gazetteer, title, theme=theme), title)


def _marks(shown: Round, question, name: str) -> list:
    from streetclip_demo.maps.lesson_map import Mark

    marks = [
        Mark("truth", question.answer.point, name),
        Mark("you", shown.you.point, text.MARK_YOU.format(distance=_distance(shown.you.distance_km))),
    ]
    if shown.model:
        distance = _distance(shown.model.distance_km)
        marks.append(Mark("model", shown.model.point, text.MARK_MODEL.format(distance=distance)))
    return marks

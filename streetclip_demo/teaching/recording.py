"""A model's predictions written into a lesson, with what they rest on. Reads and writes no file by itself.

A photo that the lesson names by its file is embedded first: turned upright, made smaller, without its metadata.
"""

import json
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

from streetclip_demo.errors import LessonError, NeedsRealModel, PhotoError
from streetclip_demo.photos.photo import data_uri, open_photo
from streetclip_demo.places.gazetteer import Gazetteer
from streetclip_demo.posterior.deciding import deciding_level
from streetclip_demo.posterior.prediction import Prediction
from streetclip_demo.teaching.fields import MAX_SHARES
from streetclip_demo.teaching.lessons import (
    LessonQuestion,
    ModelAnswer,
    Spot,
    lesson_record,
    read_lesson,
    sha256,
)

EMBEDDED_PX = 1600  # longer side

Ask = Callable[[LessonQuestion], Prediction]


def record_lesson(
    content: bytes, name: str, folder: Path, gazetteer: Gazetteer, asks: Sequence[Ask], day: date
) -> str:
    """A lesson with the predictions of a model in it.

    Parameters
    ----------
    content : bytes
        The lesson's JSON; its photos may be names of files.
    name : str
        What errors call the lesson.
    folder : Path
        Where those files lie.
    gazetteer : Gazetteer
    asks : sequence of callable
        Each gives a model's prediction for a question; the first one's is "recorded", the others' are its "others".
    day : datetime.date
        To be written beside each prediction.

    Returns
    -------
    str
        The lesson's JSON. Predictions that were in it are replaced.

    Raises
    ------
    LessonError
        If the lesson is wrong, or a question cannot be answered.
    """
    record = lesson_record(content, name)
    for number, entry in enumerate(record["questions"], start=1):
        entry.pop("recorded", None)
        entry.pop("others", None)
        if _is_file_name(entry.get("photo")):
            entry["photo"] = _embedded(folder / entry["photo"], f"{name}, question {number}, photo")
    lesson = read_lesson(_text(record).encode(), name, gazetteer)
    for place, ask in enumerate(asks):  # model by model: memory may have room for one
        for number, question in enumerate(lesson.questions, start=1):
            entry = record["questions"][number - 1]
            answer = recorded(_answer(ask, question, f"{name}, question {number}"), question, day)
            if place == 0:
                entry["recorded"] = answer
            else:
                entry["others"] = [*entry.get("others", []), answer]
    written = _text(record)
    read_lesson(written.encode(), name, gazetteer)  # what is written can be read
    return written


def _answer(ask: Ask, question: LessonQuestion, where: str) -> ModelAnswer:
    try:
        return model_answer(ask(question))
    except NeedsRealModel:
        raise LessonError(
            f"{where}: the practice model has only seen drawings, so it cannot locate this photo. Record it with a real"
            " model, as --model streetclip."
        ) from None


def _text(record: dict) -> str:
    return json.dumps(record, ensure_ascii=False, indent=2) + "\n"


def _is_file_name(photo: object) -> bool:
    return isinstance(photo, str) and not photo.startswith("data:")


def _embedded(path: Path, where: str) -> str:
    try:
        image = open_photo(path).shown
    except PhotoError as error:
        raise LessonError(f"{where}: {error}") from None
    return data_uri(image, EMBEDDED_PX)


def model_answer(prediction: Prediction) -> ModelAnswer:
    """What a lesson shows of a prediction."""
    best = prediction.guesses[0]
    point = best.node.candidate.point
    decided = deciding_level(prediction.roots).nodes
    pin = Spot(", ".join(reversed(best.path)), *map(float, point)) if point else None
    return ModelAnswer(
        model=prediction.model,
        revision=prediction.revision,
        pin=pin,
        probability=float(best.node.probability),
        shares=tuple((node.candidate.name, float(node.probability)) for node in decided[:MAX_SHARES]),
        half_mass_radius_km=prediction.half_mass_radius_km,
        estimator=prediction.estimator,
        mark=prediction.mark,
    )


def recorded(answer: ModelAnswer, question: LessonQuestion, day: date) -> dict:
    """A model's answer as the field "recorded" of its question, with the hashes of what it was asked."""
    pin = answer.pin
    return {
        "model": answer.model,
        "revision": answer.revision,
        "date": day.isoformat(),
        "photo_sha256": sha256(question.photo),
        "labels_sha256": sha256(question.labels.encode()),
        "estimator": answer.estimator,
        "mark": answer.mark,
        "pin": {
            "place": pin.place,
            "latitude": round(pin.latitude, 5),
            "longitude": round(pin.longitude, 5),
            "probability": round(answer.probability, 6),
        }
        if pin
        else None,
        "half_mass_radius_km": None
        if answer.half_mass_radius_km is None
        else round(float(answer.half_mass_radius_km), 1),
        "shares": [{"place": name, "probability": round(share, 6)} for name, share in answer.shares],
    }

"""What a phone in a room is told: the state of the room and the map, as values for JSON. No pin but its own."""

from collections.abc import Sequence
from typing import Any

from streetclip_demo.places.gazetteer import Gazetteer
from streetclip_demo.teaching.rooms import Room

GRID = 50  # steps of a degree: 2 km, less than half a pixel on a phone that shows one country


def told(room: Room) -> dict[str, Any]:
    """The question; once the answer is shown, the true place, the model's pin and how the class did."""
    question, outcome = room.question, room.outcome
    said: dict[str, Any] = {
        "number": room.number,
        "count": len(room.lesson.questions),
        "question": question.question,
        "credit": question.credit,
    }
    if outcome is None:
        return said
    pin = outcome.answer.pin if outcome.answer else None
    return said | {
        "truth": {
            "place": question.answer.place,
            "point": question.answer.point,
            "country": question.country,  # where that is the answer: then no distances are told
        },
        "explanation": question.explanation,
        "model": {"name": outcome.answer.model, "place": pin.place, "point": pin.point}
        if outcome.answer and pin
        else None,
        "pins": outcome.pins,
        "medianKm": outcome.median_km,
        "rightShare": outcome.right_share,
    }


def phone_map(gazetteer: Gazetteer) -> dict[str, list]:
    """The outlines of the basemap, small.

    Returns
    -------
    dict
        Of each country's code its rings, each a list of integers: longitude and latitude of the first corner in
        steps of 1/GRID degree, then the way to each following one. A country that is a point has one of two numbers.
    """
    return {
        feature["properties"]["code"]: [
            steps for ring in _rings(feature["geometry"]) if (steps := _steps(ring))
        ]
        for feature in gazetteer.outlines()["features"]
    }


def _rings(geometry: dict) -> list[Sequence]:
    kind, coordinates = geometry["type"], geometry["coordinates"]
    if kind == "Point":
        return [[coordinates]]
    polygons = coordinates if kind == "MultiPolygon" else [coordinates]
    return [ring[:-1] for polygon in polygons for ring in polygon]


def _steps(corners: Sequence) -> list[int]:
    steps: list[int] = []
    before = (0, 0)
    for longitude, latitude, *_ in corners:
        here = (round(longitude * GRID), round(latitude * GRID))
        if here != before or not steps:
            steps += [here[0] - before[0], here[1] - before[1]]
        before = here
    return steps if len(steps) >= 6 or len(corners) == 1 else []

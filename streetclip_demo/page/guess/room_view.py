"""A class's room as the lecturer sees it: code and link, the map, how the class did. HTML and drawings."""

import segno

from streetclip_demo.markup import filled
from streetclip_demo.page.guess.lesson_view import distance_words, score_words, source_words
from streetclip_demo.places.gazetteer import Gazetteer
from streetclip_demo.teaching.class_outcome import Outcome
from streetclip_demo.teaching.lesson_run import MOST_POINTS
from streetclip_demo.teaching.rooms import Room
from streetclip_demo.words.language import language_in_address, text
from streetclip_demo.words.place_names import local_name
from streetclip_demo.words.readable import percent

QR_SCALE, QR_BORDER = 5, 4  # pixels of a module; modules of quiet round it


def card_html(room: Room, address: str) -> str:
    """Where the class joins: below the address that the lecturer's page has."""
    asked = language_in_address()
    link = f"{address.rstrip('/')}/class/{room.code}" + (f"?lang={asked}" if asked else "")
    code = segno.make(link, error="m", micro=False)
    picture = code.svg_data_uri(scale=QR_SCALE, border=QR_BORDER, light="white")
    return filled("page/guess/room", "card", room, link, picture)


def result_html(room: Room, is_loading: bool) -> str:
    """The answer, the spread of the class and the model's; "" while pins are taken."""
    outcome = room.outcome
    if outcome is None:
        return ""
    source = source_words(outcome.answer) if outcome.answer else ""
    told = (room.question, outcome, is_loading, source, MOST_POINTS, _spread(outcome))
    return filled("page/guess/room", "result", *told)


def _spread(outcome: Outcome) -> list[str]:
    if outcome.right_share is None:
        return [text.ROOM_NO_PINS]
    right = text.ROOM_RIGHT_SHARE.format(share=percent(outcome.right_share))
    if outcome.median_km is None:
        return [right]
    return [right, text.ROOM_MEDIAN.format(pins=outcome.pins, distance=distance_words(outcome.median_km))]


def map_drawing(room: Room, gazetteer: Gazetteer, theme: str) -> str:
    """The map on which pins arrive; with the true place and the model's once the answer is shown."""
    from streetclip_demo.maps.lesson_map import Mark, class_map  # brings Folium: see maps.py

    marks = []
    if room.outcome is not None:
        marks = [
            Mark(
                "truth",
                room.question.answer.point,
                local_name(room.question.answer.place, room.question.country),
            )
        ]
        model = room.outcome.model
        if model:
            away = text.MARK_MODEL.format(distance=score_words(model))
            marks.append(Mark("model", model.point, away))
    return class_map(marks, gazetteer, text.ROOM_MAP, theme=theme).drawing(text.ROOM_MAP)

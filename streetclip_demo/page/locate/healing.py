"""What a page says it shows, so that a server that has forgotten the visitor can say so, and can go on."""

import json
from dataclasses import asdict, dataclass, replace

from streetclip_demo.page.frame.provided import Services
from streetclip_demo.page.frame.session import Session, Visitor


@dataclass(frozen=True)
class Shown:
    """Whether a photo stands on a page, and how to have it again where it is one of the examples.

    Nothing that tells photos apart is in it: it travels with every question.
    """

    has_photo: bool = False
    example: int | None = None
    anyway: bool = False
    more: int = 0  # photos of the same place that were added; they are not sent again


def written(session: Session, example: int | None = None) -> str:
    """What the page is to remember of a session's photo; "" without one."""
    if session.photo is None:
        return ""
    return json.dumps(asdict(Shown(True, example, session.anyway, len(session.more))))


def read(told: str) -> Shown:
    """What a page says that it shows; nothing where that cannot be read, for anyone may have written it."""
    try:
        said = json.loads(told or "{}")
        more = said.get("more")
        count = more if isinstance(more, int) else 0
        return Shown(bool(said.get("has_photo")), said.get("example"), bool(said.get("anyway")), count)
    except (ValueError, AttributeError):
        return Shown()


def asked_anyway(told: str) -> str:
    """The same, after the visitor has asked to run the practice model on it."""
    return json.dumps(asdict(replace(read(told), anyway=True)))


def counted(told: str, more: int) -> str:
    """The same, with so many photos added."""
    return json.dumps(asdict(replace(read(told), more=more)))


def is_lost(services: Services, visitor: Visitor, told: str) -> bool:
    """Whether the page shows a photo that the server cannot answer for; an example is taken up again at once."""
    shown, photo = read(told), visitor.session.photo
    if photo is not None and photo.view is not None:
        return False
    # There is none, or it came before the model, and nothing can be located without one.
    if shown.example is not None and shown.example in range(services.example_count()):
        visitor.session = Session(services.open_example(shown.example), shown.anyway)
        return False
    return photo is not None or shown.has_photo

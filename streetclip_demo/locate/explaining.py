"""Which models can say where they looked."""

from streetclip_demo.errors import QuestionError
from streetclip_demo.locate.clip import ClipLocator
from streetclip_demo.locate.locator import Locator


def attributing(locator: Locator) -> ClipLocator:
    """A model that compares photos with captions; QuestionError where it is none."""
    if isinstance(locator, ClipLocator):
        return locator
    raise QuestionError(
        f"{locator.card.title} compares photos with points, not with captions: which regions raised a place cannot be"
        " said of it. Choose another model, or brush a part out (what-if), which works with every model."
    )

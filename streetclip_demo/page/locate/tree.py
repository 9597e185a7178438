"""A prediction as a tree of bars: nested lists and <details>, which need no script and read well aloud."""

from collections.abc import Sequence

from streetclip_demo.markup import filled
from streetclip_demo.posterior.deciding import deciding_level
from streetclip_demo.posterior.prediction import Prediction


def tree_html(prediction: Prediction) -> str:
    """The tree under its title, with the switch for the captions and the mark if there is one."""
    return filled("page/locate/tree", "tree", prediction, deciding_level(prediction.roots))


def notes_html(notes: Sequence[str]) -> str:
    """What the person should know about photo, labels and captions."""
    return filled("page/locate/tree", "notes", notes) if notes else ""

"""What comes after the answer, as chips that lead to its discs on the map."""

from itertools import islice

from streetclip_demo.markup import filled
from streetclip_demo.posterior.deciding import discs
from streetclip_demo.posterior.prediction import Prediction

RUNNERS_UP = 3


def runners_html(prediction: Prediction) -> str:
    """The next likeliest labels of the level that decides; "" where there is no other."""
    after = list(islice(discs(prediction), 1, 1 + RUNNERS_UP))
    return filled("page/locate/runners", "runners", after) if after else ""

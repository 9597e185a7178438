"""What was asked about the reasons of an answer."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from streetclip_demo.locate.speaking import ReadClue
from streetclip_demo.locate.sweep import Sweep
from streetclip_demo.photos.kept_photo import KeptPhoto
from streetclip_demo.places.candidates import Candidate
from streetclip_demo.posterior.attribution import Attribution
from streetclip_demo.posterior.prediction import Prediction


@dataclass(frozen=True, eq=False)
class Brushed:
    """What was brushed out of the square, and what the model says without it."""

    mask: np.ndarray  # (rows, columns), bool
    fill: str
    view: Image.Image
    after: Prediction


@dataclass(frozen=True, eq=False)
class Reasons:
    """Of one model's answer: the last map of a place, the last brush, the last sweep.

    Attributes
    ----------
    shown : Prediction
        The answer as the page shows it.
    photo : KeptPhoto
        With the square that its model sees; the middle one alone where several count.
    prediction : Prediction
        The answer to that square.
    model : str
        The name of the model, where it is one beside the page's own.
    looked, brushed, swept
        None where that was not asked.
    """

    shown: Prediction
    photo: KeptPhoto
    prediction: Prediction
    model: str = ""
    looked: Attribution | None = None
    brushed: Brushed | None = None
    swept: Sweep | None = None


@dataclass(frozen=True, eq=False)
class Spoken:
    """Which clues speak for a label, as the page says under an answer.

    Attributes
    ----------
    shown : Prediction
        The answer.
    label : Candidate
    path : tuple of str
        Names from the root to the row that was chosen, in which the label lies; () for none.
    clues : tuple of ReadClue
        The strongest first; none where no clue speaks for it.
    is_measured : bool
        Whether it is known how well this model reads them.
    """

    shown: Prediction
    label: Candidate
    path: tuple[str, ...]
    clues: tuple[ReadClue, ...]
    is_measured: bool

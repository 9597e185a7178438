"""What one visitor's page remembers between events, in memory only."""

from dataclasses import dataclass, replace

from streetclip_demo.geolocate import Prediction
from streetclip_demo.photo import Photo
from streetclip_demo.predictor import Question


@dataclass(eq=False)
class Uploads:
    """How many photos a visitor has chosen. Counted in place, so that a listener at work sees what came meanwhile."""

    count: int = 0


@dataclass(frozen=True, eq=False)
class Session:
    """The photo that is shown, and the last question about it that was answered."""

    photo: Photo | None = None
    anyway: bool = False  # the visitor asked to run the practice model on a photograph
    question: Question | None = None
    prediction: Prediction | None = None

    def with_photo(self, photo: Photo | None) -> "Session":
        """The same visitor with another photo and no answer yet."""
        return Session(photo=photo)

    def run_anyway(self) -> "Session":
        """The same photo, to be run through the practice model whatever it is."""
        return replace(self, anyway=True)

    def answered(self, question: Question, prediction: Prediction) -> "Session":
        """The same photo with its answer."""
        return replace(self, question=question, prediction=prediction)

    def knows(self, question: Question) -> bool:
        """Whether this question has its answer already."""
        return self.prediction is not None and self.question == question

"""What the page is given by the app: functions and values, never a model."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from streetclip_demo.gazetteer import Gazetteer
from streetclip_demo.geolocate import Prediction
from streetclip_demo.lessons import Lesson
from streetclip_demo.photo import Photo
from streetclip_demo.predictor import Question

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class ModelState:
    """The model behind the page, as it is now."""

    title: str
    revision: str = ""
    licence: str = ""
    status: str = ""  # while it loads: one phrase, such as "Downloading StreetCLIP: 35 %"
    reason: str = ""  # why another model than the chosen one runs
    is_practice: bool = False
    ready: bool = False


@dataclass(frozen=True)
class Example:
    """A drawn street that the app ships."""

    path: Path
    country: str


@dataclass(frozen=True)
class Services:
    """Everything that the page needs from outside.

    `locate(photo, question, progress)` and `crop(photo)` wait until a model is there; `model_state()` answers
    at once.
    """

    model_state: Callable[[], ModelState]
    locate: Callable[[Photo, Question, Progress | None], Prediction]
    crop: Callable[[Photo], Image.Image]  # the square that the model sees
    gazetteer: Gazetteer
    presets: Mapping[str, str]  # title -> outline text, in display order
    default_preset: Callable[[ModelState], str]  # -> a title in presets
    examples: tuple[Example, ...] = ()
    lessons: Callable[[], tuple[Lesson, ...]] = tuple  # read when they are first asked for

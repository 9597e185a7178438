"""Errors that a user can act on: each message says what was expected, what came, and what to do."""

import sys


class UserError(Exception):
    """Something a user can put right; its text is shown to them as it stands."""


class PhotoError(UserError):
    """The file is not a photo that can be opened."""


class QuestionError(UserError):
    """A setting of a question is not what it can be, or the question is too large."""


class NobodyWaits(UserError):
    """Whoever asked is gone; the work ends. Nobody is left to read it."""


class LabelError(UserError):
    """The list of labels cannot be used as it stands; the text names the lines."""


class TemplateError(UserError):
    """A caption template cannot be filled."""


class ModelError(UserError):
    """The chosen checkpoint cannot be had or is not a CLIP model."""


class OutOfMemory(ModelError):
    """The model, or what it was asked at once, does not fit into a device's memory."""


class GpuRefused(UserError):
    """A host that lends its GPU call by call did not for this one; the next may be answered."""


class NeedsRealModel(UserError):
    """The practice model was asked to locate a photograph; it has only seen drawings."""


class DataError(UserError):
    """A file of the app's own data is missing or damaged."""


class DatasetError(UserError):
    """A dataset or a file of predictions cannot be used as it stands; the text names file and line."""


class GalleryError(UserError):
    """The points that photos are to be compared with cannot be used as they stand; the text names file and lines."""


class LessonError(UserError):
    """A lesson cannot be used as it stands; the text names the file, the question and the field."""


class RoomError(UserError):
    """A class's room is not there, full or over; `key` is the name of the sentence in text.py."""

    def __init__(self, sentence: str, key: str):
        super().__init__(sentence)
        self.key = key


def complain(error: UserError) -> int:
    """One line on standard error, and the exit status that goes with it."""
    print(" ".join(str(error).split()), file=sys.stderr)
    return 2

"""A model to be asked from Python: photos as they come, questions as keyword arguments."""

import difflib
import os
import reprlib
from argparse import Namespace
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

import numpy as np
from PIL import Image

from streetclip_demo.errors import PhotoError, QuestionError
from streetclip_demo.locate.clip import ClipLocator
from streetclip_demo.locate.drawn import practice_digests
from streetclip_demo.locate.loading import Wanted, load_locator
from streetclip_demo.locate.locator import AnyPhoto, Embedded, Locator, PageLocator
from streetclip_demo.locate.question import Question
from streetclip_demo.locate.speaking import ReadClue, offered_clues, read_clues
from streetclip_demo.locate.starting_lists import adds_cities, all_presets, default_preset
from streetclip_demo.locate.sweep import Sweep, Swept, sweep
from streetclip_demo.locate.together import MOST_TOGETHER, Parts, as_one, parts_of
from streetclip_demo.locate.ways import LocatorInWay
from streetclip_demo.locate.what_if import Change, change, without_part
from streetclip_demo.photos.brush import FILLS, Box, checked_box, mask_of
from streetclip_demo.photos.kept_photo import KeptPhoto
from streetclip_demo.photos.photo import Photo, open_photo, photo_from_image
from streetclip_demo.photos.views import AUTO, checked_way
from streetclip_demo.places.gazetteer import Gazetteer
from streetclip_demo.places.templates import parse_templates
from streetclip_demo.posterior.attribution import Attribution, checked_path
from streetclip_demo.posterior.prediction import Prediction
from streetclip_demo.practice.gate import load_gate
from streetclip_demo.progress import Progress
from streetclip_demo.surroundings import prepare

if TYPE_CHECKING:
    from streetclip_demo.locate.geoclip import GeoClipLocator

Source = str | os.PathLike | bytes | BinaryIO | Image.Image | AnyPhoto
SAME = "A picture that was given more than once counts once, and is one of the parts."
SETTINGS = tuple(field.name for field in fields(Question) if field.name != "labels")


class OpenModel:
    """A Locator with the labels that it begins with; `streetclip_demo.open` makes one.

    Attributes
    ----------
    locator : Locator
    labels : str
        The outline that is asked where a question names none.
    """

    def __init__(self, locator: Locator, labels: str):
        self.locator = locator
        self.labels = labels

    def locate(
        self, photo: Source, labels: str | None = None, *, views: object = AUTO, **settings: object
    ) -> Prediction:
        """Say where a photo may have been taken.

        Parameters
        ----------
        photo : path, bytes, binary file object or PIL.Image.Image
        labels : str, optional
            One place a line, children indented; by default the list that the page begins with.
        views : {"auto", 1, 3, 360}
            What counts of the photo: the square in the middle; the left, centre and right squares, whose embeddings are
            averaged; four views out of a 360-degree panorama. "auto" is 360 where the file says that it is one, else 1.
        **settings
            Of `Question`: templates, also as lines of text, add_cities, cities_per_country, beam_width, estimator,
            top_k, anyway.

        Raises
        ------
        UserError
            With one sentence on what was wrong with photo, labels or settings.
        """
        locator = LocatorInWay(self.locator, checked_way(views))
        return locator.locate(photo_of(photo), self._question(labels, settings))

    def locate_together(
        self, photos: Iterable[Source], labels: str | None = None, *, views: object = AUTO, **settings: object
    ) -> tuple[Prediction, Parts]:
        """Say where one place may be of which there are several photos.

        Parameters
        ----------
        photos : iterable of what `locate` takes
        labels, views, **settings
            As of `locate`.

        Returns
        -------
        prediction : Prediction
            The product of what each photo says, divided by its sum; one photo's answer as it is.
        parts : Parts
            What each says alone, how much it shares with all others, and which one is odd. The same picture counts
            once, which a note tells.
        """
        question = self._question(labels, settings)
        locator = LocatorInWay(self.locator, checked_way(views))
        different, is_repeated = _different(photos)
        embedded = as_one(locator.embed(different))
        if is_repeated:
            embedded = replace(embedded, notes=(*embedded.notes, SAME))
        return locator.answer(embedded, question), parts_of(locator, embedded, question)

    def embed(self, photos: Iterable[Source], *, views: object = AUTO) -> list[Embedded]:
        """What the model sees in photos, in their order; `answer` needs no more of them."""
        locator = LocatorInWay(self.locator, checked_way(views))
        return [one for batch in self._batches(photos) for one in locator.embed(batch)]

    def answer(self, embedded: Embedded, labels: str | None = None, **settings: object) -> Prediction:
        """As `locate`, of a photo that `embed` has seen."""
        if not isinstance(embedded, Embedded):
            raise QuestionError(
                f"embedded must be one of what `embed` gives for photos, got {type(embedded).__name__}."
            )
        return self.locator.answer(embedded, self._question(labels, settings))

    def query(self, sentence: str, **settings: object) -> Prediction:
        """As `locate`, of a sentence in a photo's place: "a street in the Alps". GeoCLIP only."""
        if self.locator.card.kind != "geoclip":
            raise QuestionError(
                f'{self.locator.card.title} locates photos, not sentences; open("geoclip") reads sentences too.'
            )
        embedded = cast("GeoClipLocator", self.locator).embed_query(sentence)
        return self.locator.answer(embedded, self._question(None, settings))

    def explain(
        self,
        photo: Source,
        place: str | Sequence[str] | None = None,
        labels: str | None = None,
        **settings: object,
    ) -> Attribution:
        """Say which regions of a photo raised a place against its rivals.

        Parameters
        ----------
        photo, labels, **settings
            As of `locate`.
        place : sequence of str, or str, optional
            Names from the root, as ("Japan", "Tokyo") or "Japan > Tokyo"; by default the answer's.

        Raises
        ------
        UserError
            As `locate` does; QuestionError for a place that the answer has not.
        """
        locator, opened = cast("PageLocator", self.locator), photo_of(photo)
        path = None if place is None else checked_path(place)
        return locator.explain(opened, locator.locate(opened, self._question(labels, settings)), path)

    def clues(self, photo: Source, labels: str | None = None, **settings: object) -> tuple[ReadClue, ...]:
        """Say which clues are read in a photo, and what each does to the answer.

        `speaking_for("Japan", model.clues(photo))` of `locate/speaking.py` names those that speak for a label.

        Parameters
        ----------
        photo, labels, **settings
            As of `locate`.

        Raises
        ------
        UserError
            As `locate` does.

        Returns
        -------
        tuple of ReadClue
            Empty for GeoCLIP, which compares photos with points and reads no captions.
        """
        locator, opened = self.locator, photo_of(photo)
        if not isinstance(locator, ClipLocator):
            return ()
        offered = offered_clues(load_gate(), not locator.card.locates_photographs)
        answer = locator.locate(opened, self._question(labels, settings))
        return read_clues(locator, opened, answer, offered)

    def what_if(
        self,
        photo: Source,
        boxes: Sequence[Box],
        fill: str = FILLS[0],
        labels: str | None = None,
        **settings: object,
    ) -> Change:
        """Say what becomes of the answer without some parts of a photo.

        Parameters
        ----------
        photo, labels, **settings
            As of `locate`.
        boxes : sequence of (left, top, right, bottom)
            The parts, as shares of the sides of the square that the model sees.
        fill : {"surroundings", "blur", "mean"}
            What is put there.
        """
        fill, parts = _checked_fill(fill), _checked_boxes(boxes)
        locator, opened = cast("PageLocator", self.locator), photo_of(photo)
        question = self._question(labels, settings)
        mask = mask_of(parts, locator.view(opened).width)
        before = locator.locate(opened, question)
        return change(
            before, locator.locate(without_part(opened, locator.view(opened), mask, fill), question)
        )

    def sweep(
        self,
        photo: Source,
        fill: str = FILLS[0],
        labels: str | None = None,
        progress: Progress | None = None,
        **settings: object,
    ) -> Sweep:
        """Say what becomes of the answer without each of 7 x 7 windows of a photo.

        Parameters
        ----------
        photo, labels, **settings
            As of `locate`.
        fill : {"surroundings", "blur", "mean"}
            What is put in a window's place.
        progress : callable, optional
            Called with (steps done, steps in all) after each; what it raises ends the work.
        """
        locator, opened = cast("PageLocator", self.locator), photo_of(photo)
        question = self._question(labels, settings)
        before = locator.locate(opened, question)
        return sweep(locator, Swept(opened, question, before, _checked_fill(fill)), progress)

    def _question(self, labels: str | None, settings: dict) -> Question:
        for name in settings:
            if name not in SETTINGS:
                near = difflib.get_close_matches(name, SETTINGS, n=1)
                hint = f" Did you mean {near[0]!r}?" if near else f" There are: {', '.join(SETTINGS)}."
                raise QuestionError(f"No setting of a question is named {name!r}.{hint}")
        settings = {"add_cities": adds_cities(not self.locator.card.locates_photographs)} | settings
        if isinstance(lines := settings.get("templates"), str):
            settings["templates"] = parse_templates(lines)
        return Question(self.labels if labels is None else labels, **settings)

    def _batches(self, photos: Iterable[Source]) -> Iterator[list[AnyPhoto]]:
        """Photos, opened no earlier than they are embedded."""
        batch: list[AnyPhoto] = []
        for photo in _several(photos):
            batch.append(photo_of(photo))
            if len(batch) == self.locator.at_once:
                yield batch
                batch = []
        if batch:
            yield batch


def _several(photos: Iterable[Source]) -> Iterator[Source]:
    """Photos one by one; PhotoError for a single one, of which a path would be taken apart into characters."""
    is_one = isinstance(photos, str | bytes | bytearray | memoryview) or hasattr(photos, "read")
    if is_one or not isinstance(photos, Iterable):
        raise PhotoError(f"Photos must be a list, as ['a.jpg', 'b.jpg'], got {reprlib.repr(photos)}.")
    return iter(photos)


def _different(photos: Iterable[Source]) -> tuple[list[AnyPhoto], bool]:
    """Each picture once, and whether one came again."""
    found: dict[str, AnyPhoto] = {}
    is_repeated = False
    for photo in map(photo_of, _several(photos)):
        is_repeated |= photo.digest in found
        found.setdefault(photo.digest, photo)
        if len(found) > MOST_TOGETHER:  # before many have been read
            raise QuestionError(f"At most {MOST_TOGETHER} photos can be asked as one. Name fewer.")
    return list(found.values()), is_repeated


def _checked_boxes(boxes: object) -> list[Box]:
    if not isinstance(boxes, Sequence | np.ndarray) or len(boxes) == 0:
        raise QuestionError(f"boxes must be at least one box, as [(0.1, 0.2, 0.5, 0.9)]; got {boxes!r}.")
    return [checked_box(box) for box in boxes]


def _checked_fill(fill: str) -> str:
    if fill not in FILLS:
        raise QuestionError(f"fill must be {', '.join(FILLS[:-1])} or {FILLS[-1]}, got {fill!r}.")
    return fill


def open_model(
    model: str | Path,
    *,
    device: str = "auto",
    precision: str = "auto",
    engine: str = "torch",
    gallery: str | Path | None = None,
    image_half: str | Path | None = None,
) -> OpenModel:
    """Load a model; `streetclip_demo.open` says more."""
    prepare()  # before the libraries are imported that load a model
    options = {"model": model, "device": device, "precision": precision, "engine": engine}
    half, points = image_half and str(image_half), gallery and Path(gallery)
    wanted = Wanted.by(Namespace(**options, gallery=points, image_half=half))
    card = wanted.card
    gazetteer = Gazetteer.load()
    locator = load_locator(wanted, gazetteer, practice_digests())
    return OpenModel(locator, all_presets(gazetteer)[default_preset(not card.locates_photographs)])


def photo_of(source: Source) -> AnyPhoto:
    """A photo of anything that holds one.

    Raise PhotoError if it holds none, or cannot be read.
    """
    if isinstance(source, Photo | KeptPhoto):
        return source
    if isinstance(source, Image.Image):
        return photo_from_image(source)
    if isinstance(source, str | os.PathLike | bytes | bytearray | memoryview) or hasattr(source, "read"):
        return open_photo(source)
    raise PhotoError(
        f"A photo must be a path, bytes, a binary file or a PIL image, got {type(source).__name__}."
        " For an array use PIL.Image.fromarray."
    )

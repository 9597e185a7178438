"""Several models to be asked from Python about one photo: each answer, how they compare, and all as one."""

import reprlib
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from streetclip_demo.checkpoints.cards import ModelCard
from streetclip_demo.errors import QuestionError
from streetclip_demo.locate.compare import SideBySide, side_by_side
from streetclip_demo.locate.drawn import practice_digests
from streetclip_demo.locate.library import Library
from streetclip_demo.locate.loading import Wanted, load_locator
from streetclip_demo.locate.locator import Locator
from streetclip_demo.locate.opened import OpenModel, Source, photo_of
from streetclip_demo.locate.starting_lists import all_presets, default_preset
from streetclip_demo.places.gazetteer import Gazetteer
from streetclip_demo.posterior.product import parts
from streetclip_demo.progress import Counting
from streetclip_demo.surroundings import prepare


class OpenModels:
    """Locators with the labels that the first begins with; `streetclip_demo.open` makes one.

    Each is loaded when it is first asked; as many stay in memory as fit.

    Attributes
    ----------
    labels : str
        The outline that is asked where a question names none.
    """

    def __init__(
        self, library: Library[Locator], cards: Sequence[ModelCard], gazetteer: Gazetteer, labels: str
    ):
        self._library, self._cards, self._gazetteer = library, tuple(cards), gazetteer
        self.labels = labels

    def locate(
        self,
        photo: Source,
        labels: str | None = None,
        weights: Sequence[float] | None = None,
        **settings: Any,
    ) -> SideBySide:
        """Say where each model believes that a photo was taken, and what they say together.

        Parameters
        ----------
        photo, labels, **settings
            As of `OpenModel.locate`.
        weights : sequence of float, optional
            What each counts for in the combined answer, from 0 on; by default the same.

        Raises
        ------
        UserError
            As `OpenModel.locate` does; ModelError if one of the models cannot be had.
        """
        counted = _checked_weights(weights, len(self._cards))
        asked, opened = self.labels if labels is None else labels, photo_of(photo)
        settings.setdefault("add_cities", self._cards[0].locates_photographs)  # one question for all
        predictions = [
            OpenModel(self._library.get(card), asked).locate(opened, **settings) for card in self._cards
        ]
        return side_by_side(predictions, counted, self._gazetteer)


def _checked_weights(weights: Sequence[float] | None, count: int) -> tuple[float, ...]:
    if weights is None:
        return (1.0,) * count
    try:
        counted = tuple(map(float, weights))
        if len(counted) == count and parts(counted):
            return counted
    except (TypeError, ValueError):  # no numbers; below 0, none above it
        pass
    raise QuestionError(
        f"weights must be {count} numbers from 0 on, one for each model, not all of them 0;"
        f" got {reprlib.repr(weights)}."
    )


def open_models(
    models: Sequence[str | Path],
    *,
    gallery: str | Path | None = None,
    image_half: str | Path | None = None,
    **options: str,
) -> OpenModels:
    """Name several models, which are loaded when they are asked; `streetclip_demo.open` says more."""
    prepare()  # before the libraries are imported that load a model
    points, half = gallery and Path(gallery), image_half and str(image_half)
    named = Namespace(model=tuple(map(str, models)), **options, gallery=points, image_half=half)
    wanted = Wanted.each_by(named)
    how = {one.card: one for one in wanted}
    gazetteer = Gazetteer.load()

    def load(card: ModelCard, asked: ModelCard, counting: Counting) -> Locator:
        return load_locator(how[asked].how(card, asked), gazetteer, practice_digests())

    cards = [one.card for one in wanted]
    labels = all_presets(gazetteer)[default_preset(not cards[0].locates_photographs)]
    return OpenModels(Library(load, most=len(wanted)), cards, gazetteer, labels)

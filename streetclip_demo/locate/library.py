"""The models by key: each is loaded when it is first asked for, and a few stay in memory. Is told how to load one.

The only place that knows how many models there are, and that the practice model may stand in for one.
"""

import contextlib
import gc
import threading
from collections import OrderedDict
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Generic, TypeVar

from streetclip_demo.checkpoints.cards import MODELS, ModelCard, model_card
from streetclip_demo.errors import ModelError, UserError
from streetclip_demo.locate.locator import Locator
from streetclip_demo.locate.room import Room
from streetclip_demo.progress import Counting, Progress

MOST_IN_MEMORY = 2  # the one that was chosen, and the practice model for streets that are drawn
STAND_IN = MODELS["practice"]
LEFT = "{left} leaves memory to make room for {coming}; it is loaded again when it is asked."

L = TypeVar("L", bound=Locator)
Key = str | Path | ModelCard  # what `model_card` takes, or a card
Load = Callable[
    [ModelCard, ModelCard, Counting], L
]  # the model, the one that it is loaded in place of, or itself


@dataclass(frozen=True)
class ModelState:
    """A model as it is now: on its way, there, or not to be had."""

    title: str
    revision: str = ""
    licence: str = ""
    stage: str = "weights"  # of its loading: a key of text.STAGES
    done: float = 0  # how much of the stage, from 0 to 1
    problem: str = ""  # why there will be no model at all
    reason: str = ""  # why another model than the chosen one runs
    is_practice: bool = False
    is_calibrated: bool = False
    ready: bool = False
    left_for: str = ""  # the title of the model that it made room for in memory, where it did


class Library(Generic[L]):
    """Locators by key. Safe to use from several threads: who asks for a model that is on its way waits for it.

    Parameters
    ----------
    load : callable
        (card, asked, counting) -> Locator. `asked` is the card that was asked for: `card` itself, or the one that it
        stands in for.
    replaceable : collection of str, Path or ModelCard
        The models for which the practice model stands in where they cannot be had.
    on_replaced : callable, optional
        Called with the ModelError that is the reason.
    most : int
        Models in memory at a time; the one that was asked for longest ago goes first.
    room : Room, optional
        Tells what fits; where a model does not, others go before it is loaded.
    on_left : callable, optional
        Called with the card of a model that goes, and of the one that it makes room for.
    staying : collection of str, Path or ModelCard
        The models that never go: those that everybody asks.
    """

    def __init__(
        self,
        load: Load[L],
        replaceable: Collection[Key] = (),
        on_replaced: Callable[[ModelError], object] = lambda reason: None,
        most: int = MOST_IN_MEMORY,
        room: Room | None = None,
        on_left: Callable[[ModelCard, ModelCard], object] = lambda left, coming: None,
        staying: Collection[Key] = (),
    ):
        self._load = load
        self._replaceable = frozenset(map(_card, replaceable)) - {STAND_IN}
        self._on_replaced = on_replaced
        self._most, self._room, self._on_left = most, room or Room(), on_left
        self._staying = frozenset(map(_card, staying))
        self._places: OrderedDict[ModelCard, _Place[L]] = OrderedDict()  # asked for last comes last
        self._lock = threading.Lock()

    def get(self, key: Key) -> L:
        """The model of a key; loaded if it is not there.

        Raise ModelError if there is no such model, or it cannot be had and none stands in for it: the same error
        each time.
        """
        card = _card(key)
        return self._get(card, card)

    def state(self, key: Key) -> ModelState:
        """How far a model is; answers at once, and loads nothing."""
        place = self._place(_card(key))
        if not place.reason:
            return place.state
        return replace(self._place(STAND_IN).state, reason=place.reason)

    def forget(self, key: Key) -> None:
        """Let a model go that is in memory; who asks for it has it loaded again."""
        place = self._place(_card(key))
        with self._lock:
            place.locator, place.state = None, _begun(place.card)

    def in_memory(self) -> list[L]:
        """The models that are loaded; answers at once."""
        with self._lock:
            return [place.locator for place in self._loaded() if place.locator is not None]

    def start(self, key: Key) -> None:
        """Begin to load a model in a thread, also one that could not be had before; returns at once."""
        place = self._place(_card(key))
        if place.lock.locked():  # it is on its way
            return
        threading.Thread(target=self._try, args=[place], name="model", daemon=True).start()

    def _try(self, place: "_Place[L]") -> None:
        with place.lock:
            if place.error is not None:
                place.error, place.state = None, _begun(place.card)
        with contextlib.suppress(UserError):  # it stands in the state, and whoever asks is told
            self.get(place.card)

    def _get(self, card: ModelCard, asked: ModelCard) -> L:
        place = self._place(card)
        with place.lock:
            if place.locator is None and not place.reason:
                self._fill(place, asked)
            locator = place.locator
        if locator is None:
            return self._get(STAND_IN, asked)
        with self._lock:
            self._places.move_to_end(card)
            left = self._leave(self._most, card)  # others may have been loaded at the same time
        for one in left:
            self._on_left(one, card)
        return locator

    def _place(self, card: ModelCard) -> "_Place[L]":
        with self._lock:
            if card not in self._places:
                self._places[card] = _Place(card)
            return self._places[card]

    def _fill(self, place: "_Place[L]", asked: ModelCard) -> None:
        """Load a model into its place, or put the reason there why another is to be asked."""
        if place.error is not None:
            raise place.error.with_traceback(None)  # it would grow each time
        for left in self._make_room(place.card):
            self._on_left(left, place.card)
        try:
            with self._room.measured(place.card):
                locator = self._load(place.card, asked, place.counting)
            place.state = _ready(locator)
            place.locator = locator
        except ModelError as error:
            if place.card not in self._replaceable:
                place.fail(error)
                raise
            self._on_replaced(error)
            place.reason = str(error)
        except BaseException as error:  # those who wait must not wait for ever
            told = error if isinstance(error, UserError) else ModelError(_unforeseen(error))
            place.fail(told)
            raise

    def _make_room(self, card: ModelCard) -> list[ModelCard]:
        """Let models go until one more fits; those that have gone."""
        with self._lock:
            gone = self._leave(self._most - 1, card)
            while not self._room.fits(card) and (one := self._leave(len(self._loaded()) - 1, card)):
                gone += one
        return gone

    def _leave(self, count: int, coming: ModelCard) -> list[ModelCard]:
        """Let models go until so many are in memory; to be called with the lock held."""
        loaded = self._loaded()
        may_go = [place for place in loaded if place.card not in self._staying]
        going = may_go[: max(0, len(loaded) - count)]
        for place in going:
            place.locator, place.state = None, replace(_begun(place.card), left_for=coming.title)
        if going:
            gc.unfreeze()  # the page spares later collections what has been loaded
            gc.collect()  # what refers to itself would stay
        return [place.card for place in going]

    def _loaded(self) -> "list[_Place[L]]":
        return [place for place in self._places.values() if place.locator is not None]


class _Place(Generic[L]):
    """Where a model stands, or will."""

    def __init__(self, card: ModelCard):
        self.card = card
        self.lock = threading.Lock()  # held while it is loaded
        self.locator: L | None = None
        self.state = _begun(card)
        self.error: UserError | None = None
        self.reason = ""  # why the practice model is to be asked instead

    def counting(self, stage: str) -> Progress:
        def count(done: int, total: int) -> None:
            self.state = replace(self.state, stage=stage, done=done / max(total, 1))

        return count

    def fail(self, error: UserError) -> None:
        self.error = error
        self.state = replace(self.state, problem=str(error))


def _card(key: Key) -> ModelCard:
    return key if isinstance(key, ModelCard) else model_card(key)


def _begun(card: ModelCard) -> ModelState:
    return ModelState(card.title, licence=card.licence)


def _ready(locator: Locator) -> ModelState:
    card = locator.card
    return ModelState(
        card.title,
        locator.revision,
        card.licence,
        is_practice=not card.locates_photographs,
        is_calibrated=locator.is_calibrated,
        ready=True,
    )


def _unforeseen(error: BaseException) -> str:
    return f"The model could not be loaded ({type(error).__name__})."

"""What runs behind the page: the functions that it is given, and the model that loads in a thread."""

import contextlib
import functools
import gc
import importlib
import os
import shutil
import sys
import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast
from weakref import WeakValueDictionary

import numpy as np
from PIL import Image

from streetclip_demo.checkpoints.cards import MODELS, ModelCard
from streetclip_demo.checkpoints.checkpoint import photographs
from streetclip_demo.checkpoints.on_disk import bytes_on_disk, remove_from_disk
from streetclip_demo.errors import UserError, complain
from streetclip_demo.locate.clip import ClipLocator
from streetclip_demo.locate.drawn import practice_digests
from streetclip_demo.locate.library import LEFT, MOST_IN_MEMORY, Library, ModelState
from streetclip_demo.locate.loading import Wanted, load_locator
from streetclip_demo.locate.locator import AnyPhoto, PageLocator
from streetclip_demo.locate.other_views import OtherViews
from streetclip_demo.locate.question import Question
from streetclip_demo.locate.room import weights_bytes
from streetclip_demo.locate.speaking import ReadClue, captions_of, read_clues
from streetclip_demo.locate.starting_lists import PRACTICE_PRESET, all_presets, default_preset
from streetclip_demo.locate.street_check import KIND_CAPTIONS, Doubt, StreetCheck, evidence, read_check
from streetclip_demo.locate.sweep import Sweep, Swept, sweeping
from streetclip_demo.locate.together import Asked, OnePlace, Parts, ask, embed, parts_of
from streetclip_demo.locate.ways import keep_all_ways, kept_in_way
from streetclip_demo.markup import check_templates
from streetclip_demo.own_files import ASSETS, check_looks_and_scripts, damaged, own_json
from streetclip_demo.page.frame.provided import Example, Other, Services
from streetclip_demo.page.frame.uploads import UploadFolder
from streetclip_demo.photos.decode_workers import AT_ONCE, DecodeWorkers
from streetclip_demo.photos.kept_photo import KeptPhoto, keep
from streetclip_demo.photos.photo import Photo, open_photo, photo_from_image
from streetclip_demo.photos.views import CENTRE, settled
from streetclip_demo.places.gazetteer import Gazetteer
from streetclip_demo.posterior.attribution import Attribution
from streetclip_demo.posterior.prediction import Prediction
from streetclip_demo.practice.facts import CLUES
from streetclip_demo.practice.gate import load_gate
from streetclip_demo.progress import Counting, Progress
from streetclip_demo.serve.read_behind import ReadBehind
from streetclip_demo.surroundings import on_zero_gpu
from streetclip_demo.teaching.clue_bench import clue_captions, flat, in_parts
from streetclip_demo.teaching.lessons import shipped_lessons
from streetclip_demo.words.countries import country_names

if TYPE_CHECKING:
    from streetclip_demo.locate.geoclip import GeoClipLocator

QUESTIONS_AT_ONCE = 4  # on a CPU
QUESTIONS_AT_ONCE_ON_GPU = 16  # as many as share a batch
PRACTICE = MODELS["practice"]


def make_services(options) -> tuple[Services, "PageModel"]:
    """The page's parts for these options; the model does not load yet. Exits with 2 if they are wrong."""
    try:
        check_looks_and_scripts()
        check_templates()
        country_names("en")
        gazetteer = Gazetteer.load()
        several = Wanted.each_by(options)
        if on_zero_gpu():
            several = tuple(replace(wanted, carry_out=_on_lent_gpu) for wanted in several)
        model = PageModel(several[0], gazetteer, practice_digests(), several[1:])
        services = page_services(model, gazetteer, shipped_examples(), not options.examples_only)
        return replace(services, may_remove=_is_ones_own(options)), model
    except UserError as error:
        sys.exit(complain(error))


def _is_ones_own(options) -> bool:
    """Whether the page is for whoever sits here: on no Space, for no other machine, behind no proxy."""
    host = options.host or os.environ.get("GRADIO_SERVER_NAME") or "127.0.0.1"
    is_here = host in ("127.0.0.1", "localhost", "::1")
    return is_here and not (options.share or options.trusted_proxies or os.environ.get("SPACE_ID"))


# The model


def _on_lent_gpu(compute):
    from streetclip_demo.serve.zero_gpu import on_gpu  # the host's package comes with it

    return on_gpu(compute)


class PageModel:
    """The models behind a page: the one that was chosen, and the practice model for streets that are drawn."""

    def __init__(
        self,
        wanted: Wanted,
        gazetteer: Gazetteer,
        known_digests: Collection[str] = frozenset(),
        others: Sequence[Wanted] = (),
    ):
        self._wanted = wanted
        self._others = {other.card: other for other in others}  # that may be asked beside it
        self._views = OtherViews()
        self._gazetteer = gazetteer
        self._known = known_digests  # drawn scenes, which the practice model may locate
        self._clues = ReadBehind("clues")
        self._checks = functools.cache(_street_check)
        self._kept: WeakValueDictionary[tuple, KeptPhoto] = WeakValueDictionary()
        self.library: Library[PageLocator] = Library(
            self._load,
            wanted.replaceable,
            _say_replaced,
            most=MOST_IN_MEMORY + len(self._others),
            on_left=_say_left,
            # All visitors ask the one, and the other is small. What comes after the launch gets no GPU of the host's.
            staying=(wanted.card, PRACTICE, *(self._others if wanted.carry_out else ())),
        )

    def load_before_launch(self) -> None:
        """On ZeroGPU, load all models, in the thread that launches: there, and until then, weights go to its GPU."""
        if self._wanted.carry_out is None:
            return
        importlib.import_module("streetclip_demo.serve.zero_gpu")  # before anything asks torch for a GPU
        self.library.get(PRACTICE)
        for card in (self._wanted.card, *self._others):
            with contextlib.suppress(UserError):  # `problem` tells it, or whoever asks is told
                self.library.get(card)

    def start(self) -> None:
        """Begin to load the chosen one, or to read its first captions where it is there; returns at once."""
        if self._wanted.carry_out is None:
            self.library.start(self._wanted.card)
        else:
            threading.Thread(target=self._read_ahead, name="captions", daemon=True).start()

    def state(self) -> ModelState:
        """How far the chosen one is."""
        return self.library.state(self._wanted.card)

    def states(self) -> list[ModelState]:
        """Of the chosen one, and of those that may be asked beside it."""
        return [self.library.state(card) for card in (self._wanted.card, *self._others)]

    def get(self) -> PageLocator:
        """The chosen one, or what stands in for it, when it is there; raise ModelError if none will be."""
        return self.library.get(self._wanted.card)

    def problem(self) -> int:
        """Wait for the model; the exit status, after one line on standard error, if there will be none."""
        try:
            self.get()
        except UserError as error:
            return complain(error)
        return 0

    def locate(self, asked: Asked, question: Question, progress: Progress | None = None) -> Prediction:
        """Locate a photo, or several of one place, when the model is there."""
        locator = self.get()
        with self._clues.asking():
            prediction = ask(locator, asked, question, progress)
        self._read_clues_behind(locator)
        return prediction

    def parts(self, asked: Asked, question: Question) -> Parts:
        """What each photo of one place, or each view of a photo, says alone, when the model is there."""
        locator = self.get()
        return parts_of(locator, embed(locator, asked), question)

    def photographs(self) -> tuple[Example, ...]:
        """Those of the model's own repository, once it is there; none of a model that stands in for it."""
        return _photographs(self.get().card) if self.state().ready else ()

    @property
    def photograph_names(self) -> tuple[str, ...]:
        """Of those that the chosen one may bring, whether it is there or not."""
        return tuple(Path(name).stem for name in self._wanted.card.photographs)

    def keep(self, photo: Photo) -> KeptPhoto:
        """What is to be kept of a photo; with the squares that the model sees, if there is a model yet.

        The same object for the same photo, as long as anybody has it, so that it is embedded once.
        """
        if not self.state().ready:
            return keep(photo, None)
        locator = self.get()
        new = keep_all_ways(photo, locator)
        return self._kept.setdefault((new.digest, new.notes, new.size, new.jpeg), new)

    def looked(self, photo: Photo, way: str) -> AnyPhoto:
        """A photo as it is to be asked in a way, when the model is there."""
        if settled(way, photo.image.size, photo.notes) == CENTRE:
            return photo
        self.get()
        return kept_in_way(self.keep(photo), way)

    def ask_captions(
        self,
        photo: AnyPhoto,
        captions: Sequence[str],
        anyway: bool = False,
        progress: Progress | None = None,
    ) -> np.ndarray:
        """How a photo is shared among captions, when the model is there."""
        locator = self.get()
        with self._clues.asking():
            # after what is being read behind: rather than to read the same twice
            return self._clues.now(lambda: locator.shares(photo, captions, anyway, progress))

    def explain(self, photo: AnyPhoto, prediction: Prediction, path: Sequence[str]) -> Attribution:
        """Say which regions of a photo raised a place of its answer, when the model is there."""
        locator = self.get()
        with self._clues.asking():
            return locator.explain(photo, prediction, path)

    def sweep(self, swept: Swept) -> Iterator[Sweep]:
        """Say what each part of a photo does to its answer, one after the other, when the model is there."""
        locator = self.get()
        with self._clues.asking():
            yield from sweeping(locator, swept)

    def read_clues(
        self, photo: AnyPhoto, prediction: Prediction, clues: Sequence[str]
    ) -> tuple[ReadClue, ...] | None:
        """Clues with what they do to an answer; None while their captions are read, nothing of a model of points."""
        locator = self.get()
        if not isinstance(locator, ClipLocator):
            return ()
        if not _is_read(locator, captions_of(clues)):
            return None
        return read_clues(locator, photo, prediction, clues)

    def street_doubt(self, photo: AnyPhoto, prediction: Prediction, question: Question) -> Doubt | None:
        """Why a photo may be none of a street, where that was measured for the model and the list."""
        locator = self.get()
        if not isinstance(locator, ClipLocator):
            return None
        check = self._checks(locator.card, locator.revision)
        if check is None or not check.is_for(question.labels) or not _is_read(locator, KIND_CAPTIONS):
            return None
        (embedded,) = locator.embed([photo])
        return check.doubt(evidence(locator, embedded, prediction))

    def others(self) -> tuple[Other, ...]:
        """The models that may be asked beside the chosen one."""
        return tuple(map(self._other, self._others))

    def _other(self, card: ModelCard) -> Other:
        return Other(
            name=card.name,
            title=card.title,
            state=functools.partial(self.library.state, card),
            start=functools.partial(self.library.start, card),
            locate=functools.partial(self._locate_by, card),
            explain=functools.partial(self._explain_by, card),
            sweep=functools.partial(self._sweep_by, card),
            seen=functools.partial(self._seen_by, card),
            bytes_on_disk=functools.partial(bytes_on_disk, card),
            bytes_to_fetch=None if card.is_directory else weights_bytes(card),
            remove=None if card.is_directory else functools.partial(self._remove, card),
        )

    def _remove(self, card: ModelCard) -> None:
        self.library.forget(card)  # not while it is mapped
        remove_from_disk(card)

    def _locate_by(
        self, card: ModelCard, asked: Asked, question: Question, progress: Progress | None = None
    ) -> Prediction:
        locator = self.library.get(card)
        if isinstance(asked, OnePlace):
            seen: Asked = OnePlace(tuple(self._views.of(photo, locator) for photo in asked.photos))
        else:
            seen = self._views.of(asked, locator)
        with self._clues.asking():
            return ask(locator, seen, question, progress)

    def _seen_by(self, card: ModelCard, photo: KeptPhoto) -> KeptPhoto:
        return self._views.of(photo, self.library.get(card))

    def _explain_by(
        self, card: ModelCard, photo: AnyPhoto, prediction: Prediction, path: Sequence[str]
    ) -> Attribution:
        with self._clues.asking():
            return self.library.get(card).explain(photo, prediction, path)

    def _sweep_by(self, card: ModelCard, swept: Swept) -> Iterator[Sweep]:
        with self._clues.asking():
            yield from sweeping(self.library.get(card), swept)

    @property
    def name(self) -> str:
        """As programs call the chosen one."""
        return self._wanted.card.name

    @property
    def reads_sentences(self) -> bool:
        """Whether the chosen one does; known before it is there."""
        return self._wanted.card.kind == "geoclip"

    def locate_query(self, sentence: str, question: Question) -> Prediction:
        """Locate a sentence, when the model is there; for one that reads sentences."""
        locator = cast("GeoClipLocator", self.get())
        return locator.answer(locator.embed_query(sentence), question)

    def locate_drawing(self, photo: Photo, question: Question) -> Prediction:
        """Locate a street that this app has drawn, by the practice model."""
        return self._knowing(photo).locate(photo, question)

    def ask_drawing(
        self,
        photo: Photo,
        captions: Sequence[str],
        anyway: bool = False,
        progress: Progress | None = None,
    ) -> np.ndarray:
        """How such a street is shared among captions."""
        return self._knowing(photo).shares(photo, captions, anyway, progress)

    def captions_from(self) -> Counter[str]:
        """How many captions of the loaded models came from where."""
        return sum((Counter(one.captions_from) for one in self.library.in_memory()), Counter())

    def photos_at_once(self) -> int:
        """How many questions the page should let in at once; known before the model is.

        On a GPU as many as a batch has photos. On a CPU some, which take turns forward by forward, so that a photo
        need not wait for all captions of a long list; the others are told their place in the queue. The page is
        built before torch is imported, so what tells a GPU is nvidia-smi, which comes with its driver. Where that
        is wrong, answers are right all the same.
        """
        device = "cpu" if self._wanted.engine == "openvino" else self._wanted.device
        if self._wanted.carry_out is not None:  # each has a GPU of its own, or waits for one
            return QUESTIONS_AT_ONCE
        on_gpu = device == "cuda" or (device == "auto" and shutil.which("nvidia-smi") is not None)
        return QUESTIONS_AT_ONCE_ON_GPU if on_gpu else QUESTIONS_AT_ONCE

    def _read_ahead(self) -> None:
        """Ask for the captions of the default list, in a call for each model, for which no visitor waits or pays."""
        asked = None  # with the list of the first one, as models side by side are
        for card in (self._wanted.card, *self._others):
            try:
                locator = self.library.get(card)
                asked = asked or Question(_default_labels(locator, self._gazetteer))
                self._read_list(locator, asked)
            except UserError as error:  # then the first visitor's question does
                complain(error)

    def _read_list(self, locator: PageLocator, asked: Question) -> None:
        if not locator.encoder.is_far:
            return
        locator.read_ahead(asked)
        if locator.card == self._wanted.card:
            locator.read_captions(flat(clue_captions(CLUES)))
            self._read_kinds(locator)

    def _read_clues_behind(self, locator: PageLocator) -> None:
        """After the first answer, read the captions of clues, which take a CPU some seconds once on a machine.

        A question waits for one part of them at most. The practice model reads them at once.
        """
        if locator.card.locates_photographs and not locator.encoder.is_far:
            parts = [functools.partial(_read_clues, locator, part) for part in in_parts(CLUES)]
            self._clues.begin([functools.partial(self._read_kinds, locator), *parts])

    def _read_kinds(self, locator: PageLocator) -> None:
        """The captions that tell streets from other pictures, where that was measured."""
        if self._checks(locator.card, locator.revision):
            locator.read_captions(KIND_CAPTIONS)

    def _knowing(self, photo: Photo) -> PageLocator:
        practice = self.library.get(PRACTICE)
        practice.know(photo)
        return practice

    def _load(self, card: ModelCard, asked: ModelCard, counting: Counting) -> PageLocator:
        # The shares are those of a start's time when nothing has to be fetched, compared or read.
        passed = counting("weights")
        if self._wanted.engine == "torch":
            importlib.import_module("torch")  # by itself only so that something can be said after it
        passed(60, 100)
        wanted = self._others.get(asked, self._wanted)
        locator = load_locator(wanted.how(card, asked), self._gazetteer, self._known, counting)
        passed(75, 100)
        if asked == self._wanted.card:
            if not locator.encoder.is_far:  # before the launch there is no GPU to ask
                _warm_up(locator, self._gazetteer, counting("captions"))
            _spare_later_collections()
        return locator


def _is_read(locator: ClipLocator, captions: Sequence[str]) -> bool:
    """Whether nobody would wait for captions: the practice model reads them at once."""
    return not locator.card.locates_photographs or locator.has_read(captions)


def _street_check(card: ModelCard, revision: str) -> StreetCheck | None:
    try:
        return read_check(card, revision)
    except UserError as error:
        complain(error)
        return None


def _say_replaced(reason: UserError) -> None:
    print(f"{reason} The practice model runs instead.", file=sys.stderr)


def _say_left(left: ModelCard, coming: ModelCard) -> None:
    print(LEFT.format(left=left.title, coming=coming.title), file=sys.stderr)


def _warm_up(locator: PageLocator, gazetteer: Gazetteer, progress: Progress) -> None:
    """Answer once, so that the first visitor need not wait for the captions of the default list.

    Not for those of cities: a blank picture's countries are nobody's.
    """
    labels = _default_labels(locator, gazetteer)
    blank = photo_from_image(Image.new("RGB", (64, 64)))
    locator.locate(blank, Question(labels, add_cities=False, anyway=True), progress)


@functools.cache
def _photographs(card: ModelCard) -> tuple[Example, ...]:
    """The photographs that came with a model and can be opened."""
    of = MODELS["streetclip"]
    credit = f"{of.source}, {of.licence}"
    return tuple(Example(path, "", credit) for path in photographs(card) if _can_be_opened(path))


def _can_be_opened(path: Path) -> bool:
    try:
        open_photo(path.read_bytes())
    except (UserError, OSError):
        return False
    return True


def _read_clues(locator: PageLocator, clues: Sequence[str]) -> None:
    with contextlib.suppress(UserError):  # whoever asks about clues is told
        locator.read_captions(flat(clue_captions(clues)))


def _default_labels(locator: PageLocator, gazetteer: Gazetteer) -> str:
    return all_presets(gazetteer)[default_preset(not locator.card.locates_photographs)]


def _spare_later_collections() -> None:
    """Keep what has been loaded, half a million objects, out of later garbage collections.

    Nobody is answered during one; a full one then takes a tenth of 0.2 to 0.4 s.
    """
    gc.collect()
    gc.freeze()


# The page


def page_services(
    model: PageModel, gazetteer: Gazetteer, examples: tuple[Example, ...], takes_photos: bool = True
) -> Services:
    """The functions that the page is given."""
    decoding = DecodeWorkers(max(AT_ONCE, model.photos_at_once() // 4))
    decoding.warm_up()
    return Services(
        model_state=model.state,
        locate=model.locate,
        keep=model.keep,
        ask_captions=model.ask_captions,
        explain=model.explain,
        sweep=model.sweep,
        read_clues=model.read_clues,
        street_doubt=model.street_doubt,
        parts=model.parts,
        looked=model.looked,
        locate_drawing=model.locate_drawing,
        ask_drawing=model.ask_drawing,
        practice_labels=all_presets(gazetteer)[PRACTICE_PRESET],
        gate=load_gate(),
        gazetteer=gazetteer,
        uploads=UploadFolder(takes=takes_photos),
        takes_photos=takes_photos,
        presets=all_presets(gazetteer),
        default_preset=lambda state: default_preset(state.is_practice),
        open_example=example_opener(lambda: (*examples, *model.photographs()), model.keep),
        examples=examples,
        photographs=model.photographs,
        photograph_names=model.photograph_names,
        lessons=functools.cache(lambda: shipped_lessons(gazetteer, on_problem=complain)),
        photos_at_once=model.photos_at_once(),
        open_photo=decoding.open_photo,
        locate_query=model.locate_query if model.reads_sentences else None,
        name=model.name,
        others=model.others(),
    )


def example_opener(
    examples: Callable[[], Sequence[Example]], keep: Callable[[Photo], KeptPhoto]
) -> Callable[[int], KeptPhoto]:
    """What opens an example by its number, each once: all visitors share it, and its embedding."""
    opened: dict[int, KeptPhoto] = {}

    def open_example(number: int) -> KeptPhoto:
        if number not in opened or opened[number].view is None:  # opened before there was a model
            # Read here: no message to a visitor names a path of the server.
            opened[number] = keep(open_photo(examples()[number].path.read_bytes()))
        return opened[number]

    return open_example


def shipped_examples(directory: Path = ASSETS / "examples") -> tuple[Example, ...]:
    """The drawn streets of assets/examples, in the order of their manifest."""
    examples = own_json(
        directory / "manifest.json",
        lambda entries: [Example(directory / entry["file"], str(entry["country"])) for entry in entries],
    )
    return tuple(example for example in examples if _is_whole(example.path))


def _is_whole(picture: Path) -> bool:
    """Whether a picture of ours can be opened; the page does without one that cannot, and standard error says so."""
    try:
        with Image.open(picture) as image:
            image.load()
    except (OSError, SyntaxError, ValueError) as problem:
        complain(damaged(picture, str(problem)))
        return False
    return True

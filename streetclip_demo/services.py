"""What runs behind the page: the model that loads in a thread, and the functions that the page is given."""

import functools
import gc
import importlib
import shlex
import shutil
import sys
import threading
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image

from streetclip_demo.candidates import presets
from streetclip_demo.decode_workers import AT_ONCE, DecodeWorkers
from streetclip_demo.errors import ModelError, UserError
from streetclip_demo.gazetteer import Gazetteer
from streetclip_demo.geolocate import Prediction
from streetclip_demo.kept_photo import KeptPhoto, keep
from streetclip_demo.lessons import shipped_lessons
from streetclip_demo.loading import trying
from streetclip_demo.models import MODELS, ModelCard, model_card
from streetclip_demo.own_files import check_looks_and_scripts, damaged, own_json
from streetclip_demo.page.provided import AnyPhoto, Example, ModelState, Progress, Services
from streetclip_demo.page.text import STAGES
from streetclip_demo.page.uploads import UploadFolder
from streetclip_demo.photo import Photo, open_photo, photo_from_image
from streetclip_demo.photo_batches import IMAGE_BATCH
from streetclip_demo.practice.facts import COUNTRIES
from streetclip_demo.practice.gate import load_gate
from streetclip_demo.predictor import Predictor, Question, practice_digests

ASSETS = Path(__file__).resolve().parent.parent / "assets"
QUESTIONS_AT_ONCE = 4  # on a CPU
WORLD_PRESET = "World (193 countries)"
PRACTICE_PRESET = "Practice model's countries"


@dataclass(frozen=True)
class Wanted:
    """Which model is to be loaded, and how."""

    card: ModelCard
    device: str = "auto"
    precision: str = "auto"
    engine: str = "torch"
    is_explicit: bool = False  # asked for by name: then no other model stands in for it


class ModelBehindPage:
    """Loads a model in a thread; those who need it wait, all others may ask how far it is."""

    def __init__(self, wanted: Wanted, gazetteer: Gazetteer, known_digests: Collection[str] = frozenset()):
        self._wanted = wanted
        self._gazetteer = gazetteer
        self._known = known_digests  # drawn scenes, which the practice model may locate
        self._state = ModelState(wanted.card.title, licence=wanted.card.licence)
        self._predictor: Predictor | None = None
        self._error: UserError | None = None
        self._settled = threading.Event()

    def start(self) -> None:
        """Begin to load; returns at once. To be called once."""
        threading.Thread(target=self._load, name="model", daemon=True).start()

    def state(self) -> ModelState:
        """How far the model is."""
        return self._state

    def wait(self) -> None:
        """Return when a model is there; raise ModelError if none will be."""
        self._settled.wait()
        if self._error is not None:
            raise self._error

    def problem(self) -> int:
        """Wait for the model; the exit status, after one line on standard error, if there will be none."""
        try:
            self.wait()
        except UserError as error:
            return complain(error)
        return 0

    def locate(self, photo: AnyPhoto, question: Question, progress: Progress | None = None) -> Prediction:
        """Locate a photo, when the model is there."""
        self.wait()
        return self._predictor.locate(photo, question, progress)

    def keep(self, photo: Photo) -> KeptPhoto:
        """What is to be kept of a photo; with the square that the model sees, if there is a model yet."""
        return keep(photo, self._predictor.encoder.crop(photo.image) if self._state.ready else None)

    def ask_captions(self, photo: AnyPhoto, captions: Sequence[str], anyway: bool = False) -> np.ndarray:
        """How a photo is shared among captions, when the model is there."""
        self.wait()
        return self._predictor.shares(photo, captions, anyway)

    def photos_at_once(self) -> int:
        """How many questions the page should let in at once; known before the model is.

        On a GPU as many as a batch has photos. On a CPU some, which take turns forward by forward, so that a photo
        need not wait for all captions of a long list; the others are told their place in the queue. The page is
        built before torch is imported, so what tells a GPU is nvidia-smi, which comes with its driver. Where that
        is wrong, answers are right all the same.
        """
        device = "cpu" if self._wanted.engine == "openvino" else self._wanted.device
        on_gpu = device == "cuda" or (device == "auto" and shutil.which("nvidia-smi") is not None)
        return IMAGE_BATCH if on_gpu else QUESTIONS_AT_ONCE

    def _load(self) -> None:
        try:
            self._load_wanted_or_practice()
        except UserError as error:
            self._fail(error)
        except BaseException as error:  # those who wait must not wait for ever
            self._fail(ModelError(f"The model could not be loaded ({type(error).__name__})."))
            raise
        finally:
            self._settled.set()

    def _load_wanted_or_practice(self) -> None:
        try:
            self._load_one(self._wanted.card)
        except ModelError as error:
            if self._wanted.is_explicit:
                raise
            reason = str(error)
            print(f"{reason} The practice model runs instead.", file=sys.stderr)
            practice = MODELS["practice"]
            self._state = ModelState(practice.title, licence=practice.licence, reason=reason)
            self._load_one(practice, reason)

    def _load_one(self, card: ModelCard, reason: str = "") -> None:
        # The shares are those of a start's time when nothing has to be fetched, compared or read.
        passed = self._counting("weights")
        if self._wanted.engine == "torch":
            importlib.import_module("torch")  # by itself only so that something can be said after it
        passed(60, 100)
        encoder = load(card, self._wanted, self._counting)
        passed(75, 100)
        self._predictor = Predictor(encoder, make_captions(encoder), self._gazetteer, self._known)
        self._warm_up(not card.locates_photographs)
        _spare_later_collections()
        self._state = ModelState(
            title=card.title,
            revision=encoder.revision,
            licence=card.licence,
            reason=reason,
            is_practice=not card.locates_photographs,
            ready=True,
        )

    def _warm_up(self, is_practice: bool) -> None:
        """Answer once, so that the first visitor need not wait for the captions of the default list."""
        labels = all_presets(self._gazetteer)[default_preset(is_practice)]
        blank = photo_from_image(Image.new("RGB", (64, 64)))
        self._predictor.locate(blank, Question(labels, anyway=True), self._counting("captions"))

    def _counting(self, stage: str) -> Progress:
        def count(done: int, total: int) -> None:
            self._state = replace(self._state, stage=stage, done=done / max(total, 1))

        return count

    def _fail(self, error: UserError) -> None:
        self._error = error
        self._state = replace(self._state, problem=str(error))


def _spare_later_collections() -> None:
    """Keep what has been loaded, half a million objects, out of later garbage collections.

    Nobody is answered during one; a full one then takes a tenth of 0.2 to 0.4 s.
    """
    gc.collect()
    gc.freeze()


class DrawingModel:
    """The practice model for streets that this app draws; loaded when the first is drawn."""

    def __init__(self, gazetteer: Gazetteer):
        self._gazetteer = gazetteer
        self._lock = threading.Lock()
        self._predictor: Predictor | None = None

    def locate(self, photo: Photo, question: Question) -> Prediction:
        """Locate a drawing."""
        return self._knowing(photo).locate(photo, question)

    def ask_captions(self, photo: Photo, captions: Sequence[str], anyway: bool = False) -> np.ndarray:
        """How a drawing is shared among captions."""
        return self._knowing(photo).shares(photo, captions, anyway)

    def _knowing(self, photo: Photo) -> Predictor:
        with self._lock:
            if self._predictor is None:
                card = MODELS["practice"]
                encoder = load(card, Wanted(card, device="cpu", precision="float32"))
                self._predictor = Predictor(encoder, make_captions(encoder), self._gazetteer)
        self._predictor.know(photo)
        return self._predictor


def load(
    card: ModelCard,
    wanted: Wanted,
    counting: Callable[[str], Progress] = lambda stage: lambda done, total: None,
):
    """Load a checkpoint as an encoder; `counting` takes a stage and gives what is told how far that is."""
    from streetclip_demo.encoder import load_encoder

    how = {"device": wanted.device, "precision": wanted.precision, "engine": wanted.engine}
    told = {"progress": counting("download"), "on_check": counting("comparison")}
    return trying(card, lambda: load_encoder(card, **how, **told))


def make_captions(encoder):
    """The cache of an encoder's caption embeddings."""
    from streetclip_demo.caption_cache import CaptionCache

    half = encoder.dtype != "float32"  # what float32 promises, halves could not keep
    return CaptionCache(encoder.caption_embeddings, encoder.fingerprint, encoder.dimension, half=half)


def make_services(options) -> tuple[Services, ModelBehindPage]:
    """The page's parts for these options; the model does not load yet. Exits with 2 if they are wrong."""
    try:
        check_looks_and_scripts()
        gazetteer = Gazetteer.load()
        model = ModelBehindPage(wanted(options), gazetteer, practice_digests())
        return page_services(model, gazetteer, shipped_examples()), model
    except UserError as error:
        sys.exit(complain(error))


def wanted(options) -> Wanted:
    """The model that the options ask for."""
    return Wanted(
        model_card(options.model or "streetclip"),
        options.device,
        options.precision,
        options.engine,
        options.model is not None,
    )


def prefetch(options) -> int:
    """Have the model and the captions of its default list on this machine; return the exit status."""
    try:
        folder, captions = _prefetch(wanted(options), Gazetteer.load())
    except UserError as error:
        return complain(error)
    start = " ".join(["python app.py", *(["--model", shlex.quote(options.model)] if options.model else [])])
    print(f"Model: {folder}\nCaptions: {captions}\nBoth are found there without a network: {start}")
    return 0


def _prefetch(wanted: Wanted, gazetteer: Gazetteer) -> tuple[Path, Path]:
    from streetclip_demo.encoder import prefetch as fetch

    counting = on_terminal(wanted.card)
    folder = trying(wanted.card, lambda: fetch(wanted.card, counting("download")))
    encoder = load(wanted.card, wanted, counting)
    captions = make_captions(encoder)
    labels = all_presets(gazetteer)[default_preset(not wanted.card.locates_photographs)]
    # Opening every country of the list asks for the caption of every label that the page can show by default.
    everything = Question(labels, beam_width=len(labels.splitlines()), anyway=True)
    blank = photo_from_image(Image.new("RGB", (64, 64)))
    Predictor(encoder, captions, gazetteer).locate(blank, everything, counting("captions"))
    if captions.note:
        raise UserError(captions.note)
    return folder, captions.folder


class Counter:
    """Progress as percentages on one line of a terminal; one line at the end where it is none."""

    def __init__(self, stream):
        self._stream = stream

    def show(self, what: str) -> Progress:
        """A progress function for one task."""

        def report(done: int, total: int) -> None:
            is_done = done >= total
            if is_done or self._stream.isatty():
                line = f"{what}: {done / max(total, 1):.0%}"
                print(
                    f"\r{line}" if self._stream.isatty() else line,
                    end="\n" if is_done else "",
                    file=self._stream,
                )
                self._stream.flush()

        return report


def on_terminal(card: ModelCard) -> Callable[[str], Progress]:
    """A stage of loading a model to what shows on standard error how far it is."""
    return lambda stage: Counter(sys.stderr).show(STAGES[stage].format(title=card.title))


def complain(error: UserError) -> int:
    """One line on standard error, and the exit status that goes with it."""
    print(" ".join(str(error).split()), file=sys.stderr)
    return 2


def page_services(model: ModelBehindPage, gazetteer: Gazetteer, examples: tuple[Example, ...]) -> Services:
    """The functions that the page is given."""
    drawings = DrawingModel(gazetteer)
    decoding = DecodeWorkers(max(AT_ONCE, model.photos_at_once() // 4))
    decoding.warm_up()
    return Services(
        model_state=model.state,
        locate=model.locate,
        keep=model.keep,
        ask_captions=model.ask_captions,
        locate_drawing=drawings.locate,
        ask_drawing=drawings.ask_captions,
        practice_labels=all_presets(gazetteer)[PRACTICE_PRESET],
        gate=load_gate(),
        gazetteer=gazetteer,
        uploads=UploadFolder(),
        presets=all_presets(gazetteer),
        default_preset=lambda state: default_preset(state.is_practice),
        open_example=example_opener(examples, model.keep),
        examples=examples,
        lessons=functools.cache(lambda: shipped_lessons(gazetteer, on_problem=complain)),
        photos_at_once=model.photos_at_once(),
        open_photo=decoding.open_photo,
    )


def example_opener(
    examples: Sequence[Example], keep: Callable[[Photo], KeptPhoto]
) -> Callable[[int], KeptPhoto]:
    """What opens an example by its number, each once: all visitors share it, and its embedding."""
    opened: dict[int, KeptPhoto] = {}

    def open_example(number: int) -> KeptPhoto:
        if number not in opened or opened[number].view is None:  # opened before there was a model
            # Read here: no message to a visitor names a path of the server.
            opened[number] = keep(open_photo(examples[number].path.read_bytes()))
        return opened[number]

    return open_example


def all_presets(gazetteer: Gazetteer) -> dict[str, str]:
    """Outlines to begin with, by title, the practice model's among them."""
    return presets(gazetteer, tuple(country.name for country in COUNTRIES))


def default_preset(is_practice: bool) -> str:
    """The title of the list that a model begins with."""
    return PRACTICE_PRESET if is_practice else WORLD_PRESET


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

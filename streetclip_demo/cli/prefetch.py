"""``python app.py --prefetch``: a model and the captions of its first list, for a machine without a network."""

import shlex
from pathlib import Path

from PIL import Image

from streetclip_demo.cache_folder import default_directory
from streetclip_demo.checkpoints.loading import trying
from streetclip_demo.cli.terminal import on_terminal
from streetclip_demo.errors import UserError, complain
from streetclip_demo.locate.clip import ClipLocator
from streetclip_demo.locate.loading import Wanted, load_checkpoint, load_locator, make_captions
from streetclip_demo.locate.question import Question
from streetclip_demo.locate.starting_lists import all_presets, default_preset
from streetclip_demo.photos.photo import photo_from_image
from streetclip_demo.places.gazetteer import Gazetteer
from streetclip_demo.practice.facts import CLUES
from streetclip_demo.teaching.clue_bench import clue_captions, flat


def prefetch(options) -> int:
    """Have the model and the captions of its default list on this machine; return the exit status."""
    try:
        wanted = Wanted.by(options)
        if wanted.card.kind == "geoclip":
            return _prefetch_geoclip(wanted)
        folder, captions = _prefetch(wanted, Gazetteer.load())
    except UserError as error:
        return complain(error)
    start = " ".join(["python app.py", *(["--model", shlex.quote(options.model)] if options.model else [])])
    print(f"Model: {folder}\nCaptions: {captions}\nBoth are found there without a network: {start}")
    return 0


def _prefetch_geoclip(wanted: Wanted) -> int:
    """GeoCLIP has no captions: its weights, its image half and its encoded gallery are what a start needs."""
    load_locator(wanted, Gazetteer.load(), counting=on_terminal(wanted.card))
    print(
        f"{wanted.card.title} is on this machine, and its gallery is encoded: {default_directory() / 'gallery'}\n"
        "A start with the same options needs no network."
    )
    return 0


def _prefetch(wanted: Wanted, gazetteer: Gazetteer) -> tuple[Path, Path]:
    from streetclip_demo.model.encoder import prefetch as fetch

    counting = on_terminal(wanted.card)
    folder = trying(wanted.card, lambda: fetch(wanted.card, counting("download")))
    encoder = load_checkpoint(wanted, counting)
    captions = make_captions(encoder)
    labels = all_presets(gazetteer)[default_preset(not wanted.card.locates_photographs)]
    # Opening every country of the list asks for the caption of every label that the page can show by default.
    everything = Question(labels, beam_width=len(labels.splitlines()), anyway=True)
    blank = photo_from_image(Image.new("RGB", (64, 64)))
    locator = ClipLocator(encoder, captions, gazetteer)
    locator.locate(blank, everything, counting("captions"))
    if wanted.card.locates_photographs:
        locator.read_captions(flat(clue_captions(CLUES)))  # which the page reads after its first answer
    if captions.note:
        raise UserError(captions.note)
    return folder, captions.folder

"""Where memory runs out in the middle of an answer: what the visitor reads, and that the next question is answered."""

import html
import itertools

import gradio as gr
import pytest
import torch
from page_server import model_behind
from pictures import street

from streetclip_demo.checkpoints.cards import model_card
from streetclip_demo.errors import OutOfMemory
from streetclip_demo.locate.question import Question
from streetclip_demo.model.encoder import load_encoder
from streetclip_demo.page.frame.messages import ErrorsInWords
from streetclip_demo.page.frame.session import Session
from streetclip_demo.page.locate.answering import answer_photo
from streetclip_demo.photos.photo import photo_from_image
from streetclip_demo.serve.compose import page_services
from streetclip_demo.words.language import text


@pytest.fixture
def asking(tiny_checkpoint, gazetteer):
    """A page's model, and what asks it about a photo as the page does."""
    model = model_behind(tiny_checkpoint, gazetteer)
    model.start()
    model.get()
    services = page_services(model, gazetteer, ())
    seeds = itertools.count()

    def ask(labels="Japan\nFrance"):
        photo = model.keep(photo_from_image(street(80, 60, seed=next(seeds))))
        return answer_photo(services, Session(photo), Question(labels, add_cities=False), "light")

    yield model, ask
    services.uploads.close()


@pytest.mark.parametrize("tower", ["_images", "_captions"])
def test_a_visitor_for_whom_memory_runs_out_reads_a_sentence_and_the_next_question_is_answered(
    asking, monkeypatch, tower
):
    model, ask = asking
    label = f"a lake for {tower}"  # of which nothing is kept
    model.get().encoder.caption_embeddings(["a hill"])  # which loads the captions' tower

    def full(*inputs):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")

    with monkeypatch.context() as patched:
        patched.setattr(getattr(model.get().encoder._engine, tower), "forward", full)
        shown = ask(label)
    assert shown.prediction is None
    assert (shown.map, shown.tree) == (None, None)  # they stay as they are
    assert text.OUT_OF_MEMORY in html.unescape(shown.answer)
    assert ask(label).prediction is not None


def test_an_error_of_memory_is_the_hosts_sentence_on_a_terminal_and_the_visitors_on_the_page():
    with pytest.raises(gr.Error) as told, ErrorsInWords("locate"):
        raise OutOfMemory("StreetCLIP does not fit into the memory of this machine's CUDA.")
    assert told.value.message == text.OUT_OF_MEMORY


def test_memory_that_lacks_for_the_captions_tower_is_not_the_end_of_it(tiny_checkpoint, monkeypatch):
    encoder = load_encoder(model_card(tiny_checkpoint), device="cpu", precision="float32")
    engine, load = encoder._engine, encoder._engine._load_tower

    def full(kind):
        raise OutOfMemory("no room")

    monkeypatch.setattr(engine, "_load_tower", full)
    with pytest.raises(OutOfMemory):
        encoder.caption_embeddings(["a lake"])
    monkeypatch.setattr(engine, "_load_tower", load)
    assert encoder.caption_embeddings(["a lake"]).shape == (1, encoder.dimension)

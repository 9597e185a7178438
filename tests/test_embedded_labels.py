"""Lists of labels are put together once, and never mistaken for one another."""

import threading
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_geolocate import EAST, PLAIN, Vectors, at_cosine, label, questions

from streetclip_demo.places.candidates import Outline
from streetclip_demo.places.templates import Templates
from streetclip_demo.posterior.embedded_labels import EmbeddedLabelsCache
from streetclip_demo.posterior.geolocate import geolocate

ENSEMBLE = Templates(label=("in {name}", "at {name}"), city=("{city}", "{city}, {region}"))


def ask(memory, roots, calls=None, templates=PLAIN, cosines=None):
    def embed(captions):
        if calls is not None:
            calls.append(captions)
        return np.array([at_cosine((cosines or {}).get(caption, 0.1)) for caption in captions])

    return geolocate(EAST, Outline(roots), embed, logit_scale=10, templates=templates, cache=memory)


def test_a_list_is_embedded_once_also_where_it_is_read_anew():
    memory, calls = EmbeddedLabelsCache(), []
    first, again = (ask(memory, (label("a", label("a1")), label("b")), calls) for _ in range(2))
    assert again == first
    assert calls == [["a", "b"], ["a1"]]


def test_an_edited_list_is_another_and_what_lies_below_is_still_known():
    memory, roots, calls = EmbeddedLabelsCache(), (label("a", label("a1")), label("b")), []
    ask(memory, roots, calls)
    ask(memory, (roots[0], label("c")), calls)
    assert calls == [["a", "b"], ["a1"], ["a", "c"]]


def test_a_label_less_or_another_order_needs_no_embedding():
    memory, calls, cosines = EmbeddedLabelsCache(), [], {"a": 0.2, "b": 0.4, "c": 0.6}
    for names in ("abc", "cab", "ca", "b"):  # "b" alone is not compared with all three for each photo
        prediction = ask(memory, tuple(map(label, names)), calls, cosines=cosines)
        found = {node.candidate.name: node.cosine for node in prediction.roots}
        assert found == pytest.approx({name: cosines[name] for name in names})
    assert calls == [["a", "b", "c"], ["b"]]


def test_other_templates_make_other_captions():
    memory, roots, calls = EmbeddedLabelsCache(), (label("a"),), []
    ask(memory, roots, calls)
    prediction = ask(memory, roots, calls, Templates(label=("near {name}",)))
    assert calls == [["a"], ["near a"]]
    assert prediction.roots[0].captions == ("near a",)


def test_a_note_is_told_every_time():
    memory, roots = EmbeddedLabelsCache(), (label("a", level="city")._replace(region=""),)
    templates = Templates(city=("{city}, {region}",))
    notes = [ask(memory, roots, templates=templates).notes for _ in range(2)]
    assert notes[0] == notes[1] != ()


def test_the_lists_used_last_are_kept():
    memory, calls = EmbeddedLabelsCache(most=4), []
    lists = {name: (label(f"{name}1"), label(f"{name}2")) for name in "xyz"}
    for name in "xyxzxy":  # when z comes, y was used longest ago
        ask(memory, lists[name], calls)
    assert [captions[0] for captions in calls] == ["x1", "y1", "z1", "y1"]


def test_a_list_that_is_too_long_to_be_kept_is_answered_all_the_same():
    memory, roots = EmbeddedLabelsCache(most=2), tuple(map(label, "abc"))
    assert ask(memory, roots) == ask(memory, roots) == ask(None, roots)


def test_lists_that_come_and_go_are_not_mistaken_for_one_another():
    memory = EmbeddedLabelsCache(most=3)
    for number in range(300):  # most get the identity of one that is gone
        cosine = number / 300
        name = f"a{number}"
        prediction = ask(memory, (label(name), label("b")), cosines={name: cosine})
        found = {node.candidate.name: node.cosine for node in prediction.roots}
        assert found == pytest.approx({name: cosine, "b": 0.1})


@given(**questions, templates=st.sampled_from([Templates(), ENSEMBLE]))
@settings(max_examples=60, deadline=None)
def test_what_is_remembered_gives_the_same_answer(roots, seed, dimension, scale, templates, **more):
    vectors, memory = Vectors(seed, dimension), EmbeddedLabelsCache()

    def answer(memory):
        image = vectors.vector("the image")
        try:
            return geolocate(
                image, Outline(roots), vectors, logit_scale=scale, templates=templates, cache=memory, **more
            )
        except ValueError as error:  # opposite captions of one label
            return str(error)

    assert answer(memory) == answer(memory) == answer(None)


def test_threads_may_share_a_memory():
    memory, wrong = EmbeddedLabelsCache(most=5), []
    lists = {cosine: (label(f"{cosine}"), label("other")) for cosine in (0.2, 0.4, 0.6, 0.8)}

    def work(seed):
        rng = np.random.default_rng(seed)
        for cosine in rng.choice(list(lists), 100):
            prediction = ask(memory, lists[cosine], cosines={f"{cosine}": cosine})
            wrong.append(abs(prediction.roots[0].cosine - cosine) > 1e-6)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == [False] * 400


def test_a_label_with_one_caption_rounds_the_same_beside_one_with_several():
    def embed(captions):
        seeds = (zlib.crc32(caption.encode()) for caption in captions)
        return np.array([np.random.default_rng(seed).normal(size=2) for seed in seeds], np.float32)

    def cosines(memory, *roots):
        prediction = geolocate(EAST, Outline(roots), embed, logit_scale=10, templates=ENSEMBLE, cache=memory)
        return {node.candidate.name: node.cosine for node in prediction.roots}

    several = label("a")  # two templates
    single = [label(name, level="country") for name in "bcdefghijk"]  # one
    memory = EmbeddedLabelsCache()
    mixed = cosines(memory, several, *single)
    asked_after_it = cosines(memory, *single)
    assert asked_after_it == cosines(EmbeddedLabelsCache(), *single)
    assert asked_after_it.items() <= mixed.items()

"""What a host is told in numbers: each kind of question by how it ends, each model that the page offers, open rooms."""

from dataclasses import MISSING, fields, replace
from types import SimpleNamespace

import pytest
from prometheus_client import generate_latest

from streetclip_demo.errors import NobodyWaits, QuestionError
from streetclip_demo.locate.library import ModelState
from streetclip_demo.page.frame.provided import Other, Services
from streetclip_demo.serve.metrics import Metrics

STATES = [
    ModelState("StreetCLIP", "e3561ba", ready=True),
    ModelState("GeoCLIP", problem="It cannot be had."),
    ModelState("CLIP"),
]


@pytest.fixture
def metrics():
    return Metrics(lambda: STATES, dict)


def found(metrics):
    """Name and labels to value."""
    lines = generate_latest(metrics.registry).decode().splitlines()
    return {
        name: float(value) for name, _, value in (line.rpartition(" ") for line in lines) if name[0] != "#"
    }


def services(ask, others=()):
    """All that asks a model is `ask`; the rest is not there."""
    needed = {
        field.name: None for field in fields(Services) if field.default is field.default_factory is MISSING
    }
    asking = dict.fromkeys(("locate", "ask_captions", "explain", "locate_query", "sweep"), ask)
    return Services(**needed | asking, others=others)


def other_model(ask):
    needed = {
        field.name: None for field in fields(Other) if field.default is field.default_factory is MISSING
    }
    return Other(**needed | dict.fromkeys(("locate", "explain", "sweep"), ask))


def test_each_kind_of_question_is_counted_by_how_it_ends_and_gives_what_it_gave(metrics):
    def ask(*about):
        raise_or_give = about[0]
        if isinstance(raise_or_give, Exception):
            raise raise_or_give
        return about

    other = other_model(ask)
    measured = metrics.measured(services(ask, (other,)))
    kinds = {
        "place": measured.locate,
        "sentence": measured.locate_query,
        "clues": measured.ask_captions,
        "explanation": measured.explain,
        "other model": measured.others[0].locate,
        "sweep": lambda *about: tuple(measured.sweep(*about)),
    }
    for asked in kinds.values():
        assert asked("photo", "question") == ("photo", "question")
        for error in (QuestionError("no"), NobodyWaits("gone"), ZeroDivisionError()):
            with pytest.raises(type(error)):
                asked(error)
    told = found(metrics)
    for kind in kinds:
        counts = {
            result: told[f'streetclip_answers_total{{kind="{kind}",result="{result}"}}']
            for result in ("ok", "refused", "left", "failed")
        }
        assert set(counts.values()) == {1}, kind
        assert told[f'streetclip_answer_seconds_count{{kind="{kind}"}}'] == 4


def test_a_sweep_of_which_nobody_wants_the_rest_is_left(metrics):
    measured = metrics.measured(services(iter, (other_model(iter),)))
    for sweep in (measured.sweep, measured.others[0].sweep):
        steps = sweep([1, 2])
        assert next(steps) == 1
        steps.close()
    assert found(metrics)['streetclip_answers_total{kind="sweep",result="left"}'] == 2


def test_a_page_whose_model_reads_no_sentences_has_none_to_count(metrics):
    measured = metrics.measured(replace(services(lambda *about: None), locate_query=None))
    assert measured.locate_query is None


def test_each_model_is_told_with_its_state(metrics):
    told = [name for name in found(metrics) if name.startswith("streetclip_model_info")]
    assert told == [
        'streetclip_model_info{model="StreetCLIP",revision="e3561ba",state="ready"}',
        'streetclip_model_info{model="GeoCLIP",revision="",state="none"}',
        'streetclip_model_info{model="CLIP",revision="",state="loading"}',
    ]


def test_what_waits_and_who_is_here_is_told_as_it_is_now(metrics):
    page = SimpleNamespace(_queue=[1, 2], kept=[1], services=SimpleNamespace(rooms=[1, 2, 3]))
    metrics.watch(page)
    names = ("streetclip_queue_length", "streetclip_visitors", "streetclip_rooms")
    assert [found(metrics)[name] for name in names] == [2, 1, 3]
    page.services.rooms.clear()
    assert found(metrics)["streetclip_rooms"] == 0

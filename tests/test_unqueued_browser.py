"""Listeners outside of the queue: Gradio shows their errors to nobody, so the page does, where one failed."""

from dataclasses import replace

import gradio as gr
import page_server
import pytest
from asgi import run
from page_server import model_behind, serve

from streetclip_demo.checkpoints.cards import MODELS
from streetclip_demo.page.layout import create_page
from streetclip_demo.words import text

pytest_plugins = ["browser"]


class Presets(dict):
    """Lists of labels of which none can be had while `broken` is set."""

    broken = False

    def __getitem__(self, title):
        if self.broken:
            raise RuntimeError("of no concern to a visitor")
        return super().__getitem__(title)


@pytest.fixture
def presets(monkeypatch):
    made = Presets()
    page_services = page_server.page_services

    def with_presets(*parts):
        services = page_services(*parts)
        made.update(services.presets)
        return replace(services, presets=made)

    monkeypatch.setattr(page_server, "page_services", with_presets)
    return made


def test_they_put_the_unforeseen_in_words(presets, gazetteer):
    model = model_behind(MODELS["practice"].source, gazetteer)
    page = create_page(page_server.page_services(model, gazetteer, ()))
    unqueued = [listener for listener in page.fns.values() if listener.fn and not listener.queue]
    assert len(unqueued) > 8
    presets.broken = True
    (choosing,) = [one for one in unqueued if [output.elem_id for output in one.outputs] == ["outline"]]
    with pytest.raises(gr.Error, match="went wrong"):
        run(page.process_api(choosing, ["Climate zones"]))


@pytest.mark.browser
def test_one_that_fails_says_so_where_it_failed_until_it_works_again(presets, gazetteer, visit, tmp_path):
    model = model_behind(MODELS["practice"].source, gazetteer)
    model.start()
    with serve(model, gazetteer, (), tmp_path) as served:
        model.get()
        page = visit(served.url).page
        page.locator("#model", has_text="ready").wait_for()
        chosen, problem = page.locator("#preset input"), page.locator("#preset + p[role=alert]")

        def choose(title):
            chosen.click()
            page.get_by_role("option", name=title).click()

        presets.broken = True
        choose("Climate zones")
        problem.wait_for()
        assert problem.inner_text() == text.UNEXPECTED
        presets.broken = False
        choose("Africa")
        problem.wait_for(state="detached")

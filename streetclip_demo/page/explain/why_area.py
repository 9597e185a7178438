"""The foldable area "Why this answer?" under an answer. Costs nothing until it is opened."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr

from streetclip_demo.errors import UserError
from streetclip_demo.markup import filled
from streetclip_demo.own_files import ASSETS, own_text
from streetclip_demo.page.explain.brushed import told_brush, without_html
from streetclip_demo.page.explain.looked import looked_html
from streetclip_demo.page.explain.swept import sweeps_html
from streetclip_demo.page.frame.address import Address
from streetclip_demo.page.frame.asker import check_asker
from streetclip_demo.page.frame.following import asked_while_seen, chosen_path
from streetclip_demo.page.frame.kept import Kept
from streetclip_demo.page.frame.messages import MODEL_QUEUE, QUICK, sentence_of
from streetclip_demo.page.frame.provided import Services
from streetclip_demo.page.frame.session import Session
from streetclip_demo.words.language import text
from streetclip_demo.words.readable import said

Compared = Callable[..., Any]  # as an event of a component, after other models have been asked


@dataclass(frozen=True, eq=False)
class WhyArea:
    """The area's components."""

    fold: gr.Accordion
    model: gr.Radio  # whose answer is explained, by its name; "" is the page's own
    path: gr.Textbox  # unseen: the row that is chosen in the tree, which the browser fills in
    looked: gr.HTML
    without: gr.HTML
    sweep: gr.Button
    stop: gr.Button
    swept: gr.HTML
    fill: gr.Textbox  # unseen: with what a sweep fills a part, which the browser fills in
    brush: gr.Textbox  # unseen: what is painted over, which the browser fills in


# Callbacks


def make_look(services: Services, kept: Kept):
    """The listener that draws where the model looked."""

    def look(model, path, request: gr.Request):
        check_asker()
        picture = looked_html(services, kept.visitor(request), chosen_path(path), model)
        return gr.skip() if picture is None else picture

    return look


def make_without(services: Services, kept: Kept):
    """The listener that asks again without what is painted over."""

    def without(model, brush, request: gr.Request, progress=gr.Progress()):  # noqa: B008 - Gradio looks for it
        told = told_brush(brush)

        def report(done: int, total: int) -> None:
            check_asker()
            progress((done, total), desc=text.READING_CAPTIONS)

        return without_html(services, kept.visitor(request), told, model, report)

    return without


def make_sweep(services: Services, kept: Kept):
    """The listener that brushes out one part after the other; its picture fills as results come."""

    def sweep(fill, model, request: gr.Request):
        goes_on, is_over = gr.update(visible=True), gr.update(visible=False)
        pictures = sweeps_html(services, kept.visitor(request), fill, model)
        try:
            for picture in pictures:
                yield picture, goes_on
        except UserError as error:
            yield filled("page/explain/explain", "said", sentence_of(error)), is_over
            return
        yield gr.skip(), is_over

    return sweep


def make_stop(kept: Kept):
    """The listener that ends it; what has come stays."""

    def stop(request: gr.Request):
        kept.visitor(request).sweeping = None

    return stop


def make_leave(kept: Kept):
    """The listener for another model's answer: what was brushed out and swept is of the one before."""

    def leave(request: gr.Request):
        visitor = kept.visitor(request)
        visitor.sweeping = object()
        maps = {
            model: replace(one, brushed=None, swept=None) for model, one in visitor.session.reasons.items()
        }
        visitor.session = replace(visitor.session, reasons=maps)
        return "", ""

    return leave


def make_offer(services: Services, kept: Kept):
    """The listener that offers the models whose answers are compared, or that are still awaited."""

    def offer(model, request: gr.Request):
        visitor = kept.visitor(request)
        names = awaited_or_compared(services, visitor.session, visitor.address, model)
        return model_choices(services, model if model in names else "", names)

    return offer


def make_given(services: Services, kept: Kept):
    """The listener for a page that was opened with a link that names a model whose answer is explained."""

    def given(request: gr.Request):
        whose = kept.visitor(request).address.whose
        return model_choices(services, whose, [whose]) if whose else gr.skip()

    return given


def awaited_or_compared(services: Services, session: Session, address: Address, model: str = "") -> list[str]:
    """Names of the models whose answers are compared.

    Until that has been done with this answer, `model` is one of them; a link's own until it can be asked.
    """
    beside = session.beside
    if beside is None or beside.own is not session.prediction:
        return [model]
    awaited = [
        other.name
        for other in services.others
        if other.name == address.whose and not (other.state().ready or other.state().problem)
    ]
    return [*beside.chosen, *awaited]


def model_choices(services: Services, model: str, names: Collection[str]) -> gr.Radio:
    """The page's own model and others, one of them chosen; not to be seen where there are no others."""
    others = [(said(other.title), other.name) for other in services.others if other.name in names]
    return gr.Radio([(said(services.model_state().title), ""), *others], value=model, visible=bool(others))


# Layout and wiring


def build_why_area(services: Services) -> WhyArea:
    """Place it, closed."""
    models = ["", *(other.name for other in services.others)]  # all that may ever be sent, or it were refused
    with gr.Accordion(text.WHY, open=False, elem_id="why-area") as fold:
        model = gr.Radio(models, value="", label=text.WHY_MODEL, visible=False, elem_id="why-model")
        path = gr.Textbox("", visible="hidden", show_label=False, elem_id="why-path")
        looked = gr.HTML(
            js_on_load=own_text(ASSETS / "explain.js"), elem_id="why-looked", apply_default_css=False
        )
        without = gr.HTML(
            elem_id="why-without",
            html_template='<div aria-live="polite">${value}</div>',
            apply_default_css=False,
        )
        with gr.Row(elem_id="why-sweep-row"):
            sweep = gr.Button(text.SWEEP, size="md", elem_id="why-sweep")
            stop = gr.Button(text.SWEEP_STOP, size="md", visible=False, elem_id="why-stop")
        swept = gr.HTML(
            js_on_load=own_text(ASSETS / "swept.js"), elem_id="why-swept", apply_default_css=False
        )
        fill = gr.Textbox("", visible="hidden", show_label=False, elem_id="why-fill")
        brush = gr.Textbox("", visible="hidden", show_label=False, elem_id="why-brush")
    return WhyArea(fold, model, path, looked, without, sweep, stop, swept, fill, brush)


def wire_why_area(
    services: Services, area: WhyArea, kept: Kept, tree: gr.HTML, compared: Compared | None = None
) -> None:
    """Draw when it is opened, and while it is open for each answer and each row that is chosen; ask for each stroke.

    `compared` wires what follows when other models have been asked.
    """
    seen = asked_while_seen([tree], "why-looked")
    gr.on(  # one listener: what was asked last is drawn last
        [area.fold.expand, seen.change, area.looked.select, area.model.change],
        make_look(services, kept),
        [area.model, area.path],
        area.looked,
        js="streetclip.withRow",
        trigger_mode="always_last",
        concurrency_id=MODEL_QUEUE,
        api_visibility="private",
    )
    area.model.change(make_leave(kept), None, [area.without, area.swept], **QUICK)
    # They were said of the answer before.
    tree.change(None, None, [area.without, area.swept], js="streetclip.nothings", **QUICK)
    # In a queue of its own: however long it takes, questions wait for none of its steps but the one that is computed.
    area.sweep.click(
        make_sweep(services, kept),
        [area.fill, area.model],
        [area.swept, area.stop],
        js="streetclip.withFill",
        show_progress="minimal",
        show_progress_on=area.swept,
        concurrency_id="sweep",
        concurrency_limit=1,
        api_visibility="private",
    )
    area.stop.click(make_stop(kept), None, None, **QUICK)
    if compared:
        told = compared(make_offer(services, kept), area.model, area.model, **QUICK)
        told.success(None, seen, seen, js="streetclip.askedIfSeen('why-looked')", **QUICK)
    area.looked.submit(
        make_without(services, kept),
        [area.model, area.brush],
        area.without,
        js="streetclip.withBrush",  # not with the event, which Gradio drops of a stroke that waits for another one
        trigger_mode="always_last",
        concurrency_id=MODEL_QUEUE,
        api_visibility="private",
    )

"""The foldable area "Models side by side": other models asked about the same photo, compared and combined."""

from collections.abc import Sequence
from dataclasses import dataclass

import gradio as gr

from streetclip_demo.errors import UserError
from streetclip_demo.own_files import ASSETS, own_text
from streetclip_demo.page.explain.why_area import Compared
from streetclip_demo.page.frame.asker import check_asker
from streetclip_demo.page.frame.kept import Kept
from streetclip_demo.page.frame.listening import event_field
from streetclip_demo.page.frame.maps import answer_drawing, compared_drawing
from streetclip_demo.page.frame.messages import MODEL_QUEUE, QUEUED, QUICK
from streetclip_demo.page.frame.own_machine import is_own_machine
from streetclip_demo.page.frame.provided import Services
from streetclip_demo.page.locate.beside import answers_of, asked, chosen_of, compared, weighed
from streetclip_demo.page.locate.side_html import models_html, panel_html, together_html
from streetclip_demo.words.language import text
from streetclip_demo.words.readable import said

POLL_SECONDS = 1.0


@dataclass(frozen=True, eq=False)
class SideArea:
    """The area's components."""

    fold: gr.Accordion
    chosen: gr.CheckboxGroup  # numbers of the other models
    models: gr.HTML  # how each of them is
    timer: gr.Timer
    answered: gr.Textbox  # unseen: changes when the page has another answer, if a model is chosen
    ready: gr.Textbox  # unseen: changes with that, and when the chosen models can be asked
    panel: gr.HTML
    weighing: gr.Column
    weights: tuple[gr.Slider, ...]  # of the page's own model, then of each other
    together: gr.HTML

    @property
    def given(self) -> list:
        """What a link puts there."""
        return [self.fold, self.chosen, *self.weights]

    @property
    def shown(self) -> list:
        """What follows the models' answers, besides the map."""
        return [self.panel, self.weighing, *self.weights, self.together]


# Callbacks


def make_wait(services: Services, kept: Kept, again: bool = False):
    """The listener that has chosen models loaded, one after the other, and says how all are; it waits for none.

    A model that has answered need not stay: another may need its room. With `again` those are tried once more that
    could not be had.
    """

    def wait(chosen, answered, request: gr.Request):
        visitor = kept.visitor(request)
        numbers = chosen_of(services, visitor, chosen)
        have = answers_of(visitor.session)
        there = [
            number
            for number in numbers
            if services.others[number].state().ready or services.others[number].name in have
        ]
        coming = [number for number in numbers if number not in there]
        if not again:
            coming = [number for number in coming if not services.others[number].state().problem]
        if coming:
            services.others[coming[0]].start()
        may_remove = services.may_remove and is_own_machine(request)
        ready = " ".join([answered, *map(str, there)])
        return models_html(services.others, coming, may_remove), gr.Timer(active=bool(coming)), ready

    return wait


def make_compare(services: Services, kept: Kept, area: SideArea, theme: gr.Textbox):
    """The listener that asks the chosen models, and shows their trees, the comparison and one map."""

    def compare(values, request: gr.Request, progress=gr.Progress()):  # noqa: B008 - Gradio looks for it in the signature
        visitor = kept.visitor(request)
        session = visitor.session
        numbers = [
            number
            for number in chosen_of(services, visitor, values[area.chosen])
            if services.others[number].state().ready or services.others[number].name in answers_of(session)
        ]
        if session.prediction is None or not session.stands:
            return *_nothing(area), gr.skip()
        if session.photo is None:
            return *_nothing(area, text.SIDE_NEEDS_PHOTO if numbers else ""), gr.skip()

        def report(done: int, total: int) -> None:
            check_asker()
            progress((done, total), desc=text.READING_CAPTIONS)

        others = [services.others[number] for number in numbers]
        beside, problems = asked(session, others, _weights(values, area, numbers), report)
        visitor.compared(session, beside)
        if (
            visitor.session.beside is not beside
        ):  # there is another answer by now, for which this is asked again
            return [gr.skip()] * (len(area.shown) + 1)
        side = compared(visitor.session, services.gazetteer)
        if side is None:
            drawn = answer_drawing(session.prediction, services.gazetteer, values[theme])
            return *_nothing(area, problems=problems), drawn
        drawn = compared_drawing(side.predictions, services.gazetteer, values[theme])
        seen = {0, *(1 + number for number in numbers if services.others[number].name in beside.chosen)}
        sliders = [gr.update(visible=number in seen) for number in range(len(area.weights))]
        together = together_html(side, beside.weights)
        is_weighed = gr.update(visible=side.combined is not None)
        return panel_html(side, problems), is_weighed, *sliders, together, drawn

    return compare


def _nothing(area: SideArea, sentence: str = "", problems: Sequence[str] = ()) -> list:
    told = [*([sentence] if sentence else []), *problems]
    return [
        panel_html(None, told) if told else "",
        gr.update(visible=False),
        *[gr.skip() for _ in area.weights],
        "",
    ]


def _weights(values: dict, area: SideArea, numbers: Sequence[int]) -> list[float]:
    """Of the page's own model, then of those of these numbers; anyone may have sent them."""
    sliders = [area.weights[0], *(area.weights[1 + number] for number in numbers)]
    return [round(min(max(float(values[slider]), 0.0), 1.0), 4) for slider in sliders]  # as a link has them


def make_weigh(services: Services, kept: Kept, area: SideArea):
    """The listener of the sliders: the combined answer alone is computed anew, from what the models have said."""

    def weigh(values, request: gr.Request):
        visitor = kept.visitor(request)
        beside = visitor.session.beside
        if beside is None:
            return gr.skip()
        numbers = [number for number, other in enumerate(services.others) if other.name in beside.chosen]
        visitor.session = weighed(visitor.session, _weights(values, area, numbers))
        side = compared(visitor.session, services.gazetteer)
        assert visitor.session.beside is not None  # it was there a moment ago
        return gr.skip() if side is None else together_html(side, visitor.session.beside.weights)

    return weigh


def make_remove(services: Services):
    """The listener that deletes a model's files: on a machine of one's own, of a model by its number."""

    def remove(request: gr.Request, event: gr.EventData):
        number = event_field(event, "index", int)
        if not services.may_remove or not is_own_machine(request):
            raise UserError(text.SIDE_REMOVE_REFUSED)
        removing = services.others[number].remove if 0 <= number < len(services.others) else None
        if removing is None:
            raise UserError(text.DOES_NOT_FIT)
        removing()
        return models_html(services.others, [], True)

    return remove


def make_begin(services: Services, kept: Kept):
    """The listener for a page that was opened with a link that names other models."""

    def begin(request: gr.Request):
        address = kept.visitor(request).address
        chosen = [str(number) for number, other in enumerate(services.others) if other.name in address.beside]
        given = dict(zip(("", *address.beside), address.weights, strict=False))
        weights = [given.get(name, 1.0) for name in ("", *(other.name for other in services.others))]
        fold = gr.update(open=True) if chosen else gr.skip()
        return fold, gr.CheckboxGroup(value=chosen, interactive=not address.locked), *weights

    return begin


# Layout and wiring


def build_side_area(services: Services) -> SideArea:
    """Place the components; nothing listens yet."""
    own = services.model_state().title
    titles = [own, *(other.title for other in services.others)]
    with gr.Accordion(text.SIDE, open=False, elem_id="side") as fold:
        chosen = gr.CheckboxGroup(
            [(said(other.title), str(number)) for number, other in enumerate(services.others)],
            label=text.SIDE_WITH,
            info=text.SIDE_INFO,
            elem_id="side-models",
        )
        models = gr.HTML(
            js_on_load=own_text(ASSETS / "side.js"), elem_id="side-states", apply_default_css=False
        )
        panel = gr.HTML(
            html_template='<div aria-live="polite">${value}</div>',
            elem_id="side-panel",
            apply_default_css=False,
        )
        together = gr.HTML(elem_id="side-together", apply_default_css=False)
        with gr.Column(visible=False, elem_id="side-weights") as weighing:
            weights = tuple(
                gr.Slider(0, 1, value=1, step=0.05, label=text.SIDE_WEIGHT.format(model=said(title)))
                for title in titles
            )
        answered = gr.Textbox("", visible="hidden", show_label=False, elem_id="side-answered")
        ready = gr.Textbox("", visible="hidden", show_label=False, elem_id="side-ready")
        timer = gr.Timer(POLL_SECONDS, active=False)
    return SideArea(fold, chosen, models, timer, answered, ready, panel, weighing, weights, together)


def wire_side_area(
    services: Services, area: SideArea, kept: Kept, theme: gr.Textbox, tree: gr.HTML, the_map: gr.HTML
) -> Compared:
    """Load what is chosen, then ask; ask again for each answer of the page; weigh when a slider moves.

    Returns what wires a listener that follows when they have been asked.
    """
    waiting = {
        "inputs": [area.chosen, area.answered],
        "outputs": [area.models, area.timer, area.ready],
        **QUICK,
    }
    tree.change(None, area.answered, area.answered, js="streetclip.askedIfCompared", **QUICK)
    area.chosen.input(make_wait(services, kept, again=True), **waiting)
    gr.on([area.fold.expand, area.timer.tick, area.answered.change], make_wait(services, kept), **waiting)
    comparing = area.ready.change(
        make_compare(services, kept, area, theme),
        {area.chosen, theme, *area.weights},
        [*area.shown, the_map],
        trigger_mode="always_last",
        show_progress_on=area.panel,
        concurrency_id=MODEL_QUEUE,
        api_visibility="private",
    )
    gr.on(
        [weight.input for weight in area.weights],
        make_weigh(services, kept, area),
        {*area.weights},
        area.together,
        trigger_mode="always_last",
        **QUICK,
    )
    area.models.click(make_remove(services), None, area.models, **QUEUED)
    return comparing.success

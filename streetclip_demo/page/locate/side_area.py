"""The foldable area "Models side by side": other models asked about the same photo, compared and combined."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import gradio as gr

from streetclip_demo.errors import UserError
from streetclip_demo.locate.compare import SideBySide, side_by_side
from streetclip_demo.markup import filled
from streetclip_demo.page.frame.badge import how_far
from streetclip_demo.page.frame.following import asked_while_seen
from streetclip_demo.page.frame.kept import Kept
from streetclip_demo.page.frame.maps import answer_drawing, compared_drawing
from streetclip_demo.page.frame.messages import MODEL_QUEUE, QUICK, sentence_of
from streetclip_demo.page.frame.provided import Other, Services
from streetclip_demo.page.frame.session import Session
from streetclip_demo.posterior.deciding import deciding_level
from streetclip_demo.report.comparison import comparison_sentences, weights_sentence
from streetclip_demo.report.sentences import headline
from streetclip_demo.words.language import text
from streetclip_demo.words.readable import said

POLL_SECONDS = 1.0
TOP = 6  # rows of each model


@dataclass(frozen=True, eq=False)
class SideArea:
    """The area's components."""

    chosen: gr.CheckboxGroup  # numbers of the other models
    weights: tuple[gr.Slider, ...]  # of the page's own model, then of each other
    loading: gr.HTML
    ready: gr.Textbox  # unseen: changes when the chosen models can be asked
    timer: gr.Timer
    panel: gr.HTML


# Callbacks


def chosen_of(services: Services, chosen: object) -> list[int]:
    """Numbers of the models that are chosen; anyone may have sent them."""
    sent = chosen if isinstance(chosen, list) else []
    return [number for number, _ in enumerate(services.others) if str(number) in sent]


def make_wait(services: Services):
    """The listener that has chosen models loaded, and says how far they are; it waits for none."""

    def wait(chosen):
        asked = [services.others[number] for number in chosen_of(services, chosen)]
        coming = [other for other in asked if not other.state().ready]
        for other in coming:
            other.start()
        told = filled("page/locate/side", "loading", [how_far(other.state()) for other in coming])
        waits = any(not other.state().problem for other in coming)
        return told, gr.Timer(active=waits), gr.skip() if waits else str(time.time_ns())

    return wait


def make_compare(services: Services, kept: Kept, area: SideArea, theme: gr.Textbox):
    """The listener that asks the chosen models, and shows their trees, the comparison and one map."""

    def compare(values, request: gr.Request):
        session = kept.visitor(request).session
        numbers = [
            number
            for number in chosen_of(services, values[area.chosen])
            if services.others[number].state().ready
        ]
        if session.prediction is None or session.photo is None or not session.stands:
            return "", gr.skip()
        if not numbers:
            return "", answer_drawing(session.prediction, services.gazetteer, values[theme])
        answered, problems = _answers(session, [services.others[number] for number in numbers])
        weights = [values[weight] for weight in area.weights]
        own = [weights[0], *(weights[1 + number] for number in numbers)]
        kept_weights = [weight for weight, one in zip(own, answered, strict=True) if one is not None]
        predictions = [one for one in answered if one is not None]
        side = side_by_side(
            predictions, kept_weights if any(kept_weights) else [1] * len(predictions), services.gazetteer
        )
        return panel_html(side, problems), compared_drawing(predictions, services.gazetteer, values[theme])

    return compare


def _answers(session: Session, others: Sequence[Other]):
    """The page's own answer and those of others; None, and a sentence, where one has none."""
    assert session.question is not None  # there is an answer
    assert session.photo is not None
    answered, problems = [session.prediction], []
    for other in others:
        try:
            answered.append(other.locate(session.asked, session.question, None))
        except UserError as error:
            answered.append(None)
            problems.append(f"{said(other.title)}: {sentence_of(error)}")
    return answered, problems


def panel_html(side: SideBySide, problems: Sequence[str]) -> str:
    """Trees next to each other, then how they compare, and what they say together."""
    columns = [(one, headline(one), deciding_level(one.roots).nodes[:TOP]) for one in side.predictions]
    told = [" ".join(comparison_sentences(one)) for one in side.comparisons]
    if len(side.predictions) < 2:
        return filled("page/locate/side", "panel", columns, [], [], problems)
    if side.combined is None:
        return filled("page/locate/side", "panel", columns, told, [], [*problems, text.SIDE_NOTHING_SHARED])
    together = [
        (headline(side.combined), weights_sentence(side), deciding_level(side.combined.roots).nodes[:TOP])
    ]
    return filled("page/locate/side", "panel", columns, told, together, problems)


# Layout and wiring


def build_side_area(services: Services) -> SideArea:
    """Place the components; nothing listens yet."""
    own = services.model_state().title
    with gr.Accordion(text.SIDE, open=False, elem_id="side"):
        chosen = gr.CheckboxGroup(
            [(said(other.title), str(number)) for number, other in enumerate(services.others)],
            label=text.SIDE_WITH,
            info=text.SIDE_INFO,
            elem_id="side-models",
        )
        loading = gr.HTML(
            html_template='<div aria-live="polite">${value}</div>',
            elem_id="side-loading",
            apply_default_css=False,
        )
        panel = gr.HTML(
            html_template='<div aria-live="polite">${value}</div>',
            elem_id="side-panel",
            apply_default_css=False,
        )
        titles = [own, *(other.title for other in services.others)]
        weights = tuple(
            gr.Slider(0, 1, value=1, step=0.05, label=text.SIDE_WEIGHT.format(model=said(title)))
            for title in titles
        )
        ready = gr.Textbox("", visible="hidden", show_label=False, elem_id="side-ready")
        timer = gr.Timer(POLL_SECONDS, active=False)
    return SideArea(chosen, weights, loading, ready, timer, panel)


def wire_side_area(
    services: Services, area: SideArea, kept: Kept, theme: gr.Textbox, tree: gr.HTML, the_map: gr.HTML
) -> None:
    """Load what is chosen, then ask; ask again for each answer of the page, and for other weights."""
    watched = [area.loading, area.timer, area.ready]
    gr.on([area.chosen.input, area.timer.tick], make_wait(services), area.chosen, watched, **QUICK)
    seen = asked_while_seen(tree, "side-panel")
    gr.on(
        [area.ready.change, seen.change, *(weight.release for weight in area.weights)],
        make_compare(services, kept, area, theme),
        {area.chosen, theme, *area.weights},
        [area.panel, the_map],
        trigger_mode="always_last",
        show_progress_on=area.panel,
        concurrency_id=MODEL_QUEUE,
        api_visibility="private",
    )

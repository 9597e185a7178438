"""The model's name, revision, licence and state, as HTML."""

from streetclip_demo.locate.library import ModelState
from streetclip_demo.markup import filled
from streetclip_demo.words.language import text
from streetclip_demo.words.readable import percent, said


def badge_html(state: ModelState) -> str:
    """What answers, in the page's head."""
    if not state.ready:
        return filled("page/frame/badge", "loading", how_far(state))
    facts = [text.READY]
    if state.revision:
        facts.append(text.REVISION.format(revision=state.revision[:12]))
    if state.licence:
        facts.append(text.LICENCE.format(licence=state.licence))
    kind = "practice" if state.is_practice else "ready"
    return filled("page/frame/badge", "badge", said(state.title), kind, facts, _about(state))


def how_far(state: ModelState) -> str:
    """What is done for a model that is not ready, such as "Downloading StreetCLIP: 35 %"."""
    if state.problem:
        return text.NO_MODEL.format(reason=said(state.problem))
    stage = text.STAGES[state.stage].format(title=said(state.title))
    return f"{stage}: {percent(round(state.done, 2))}"


def _about(state: ModelState) -> list[str]:
    """What the practice model is, and why it runs."""
    told = [text.NEEDS_REAL_MODEL_BODY] if state.is_practice else []
    return [*told, text.PRACTICE_INSTEAD.format(reason=said(state.reason))] if state.reason else told


def notices_html() -> str:
    """The foot of the page."""
    return filled("page/frame/badge", "notices")

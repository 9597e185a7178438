"""The model's name, revision, licence and state, as HTML."""

from html import escape

from streetclip_demo.locate.library import ModelState
from streetclip_demo.words.language import text


def badge_html(state: ModelState) -> str:
    """The line in the page's head."""
    if not state.ready:
        status = escape(how_far(state))
        return f'<p class="badge loading" role="status"><span class="dot"></span>{status}</p>'
    facts = [state.title, text.READY]
    if state.revision:
        facts.append(text.REVISION.format(revision=state.revision[:12]))
    if state.licence:
        facts.append(text.LICENCE.format(licence=state.licence))
    kind = "practice" if state.is_practice else "ready"
    line = " · ".join(escape(fact) for fact in facts[1:])
    return (
        f'<p class="badge {kind}" role="status"><span class="dot"></span><strong>{escape(facts[0])}</strong> '
        f"<span>{line}</span></p>{_why(state)}"
    )


def how_far(state: ModelState) -> str:
    """What is done for a model that is not ready, such as "Downloading StreetCLIP: 35 %"."""
    if state.problem:
        return text.NO_MODEL.format(reason=state.problem)
    stage = text.STAGES[state.stage].format(title=state.title)
    return f"{stage}: {100 * state.done:.0f}\N{NO-BREAK SPACE}%"


def _why(state: ModelState) -> str:
    """Why another model runs: the first sentence, and the rest when it is asked for."""
    if not state.reason:
        return ""
    first, _, rest = state.reason.partition(". ")
    first = first.removesuffix(".") + "."
    return (
        f'<details class="why"><summary>{escape(first)}</summary>'
        f"<p>{escape(text.PRACTICE_INSTEAD.format(reason=rest).strip())}</p></details>"
    )


def notices_html() -> str:
    """The foot of the page."""
    notices = (
        text.NOTICE_SHARES,
        text.NOTICE_PRIVACY,
        text.NOTICE_MODEL,
        text.NOTICE_PLACES,
        text.NOTICE_WORLDVIEW,
    )
    return '<div class="notices">' + "".join(f"<p>{escape(notice)}</p>" for notice in notices) + "</div>"

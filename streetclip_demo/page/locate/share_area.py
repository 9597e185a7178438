"""The foldable area "Share": a link to what is shown, and the code that puts it into slides and pages."""

import functools
from dataclasses import dataclass, replace

import gradio as gr

from streetclip_demo.markup import filled
from streetclip_demo.own_files import ASSETS, own_text
from streetclip_demo.page.frame.address import Address, fits, write_address
from streetclip_demo.page.frame.following import asked_while_seen
from streetclip_demo.page.frame.kept import Kept
from streetclip_demo.page.frame.link import asked_labels, preset_of
from streetclip_demo.page.frame.messages import QUICK, in_words
from streetclip_demo.page.frame.provided import Services
from streetclip_demo.words.language import text


@dataclass(frozen=True, eq=False)
class ShareArea:
    """The area's components."""

    fold: gr.Accordion
    locked: gr.Checkbox
    panel: gr.HTML


# Callbacks


def make_share(services: Services, kept: Kept):
    """The listener that writes the link to what is shown now."""

    @functools.cache
    def digests() -> dict[str, int]:
        return {services.open_example(i).digest: i for i in range(len(services.examples))}

    def share(typed, locked, theme, request: gr.Request):
        visitor = kept.visitor(request)
        session, address = visitor.session, visitor.address
        example = digests().get(session.photo.digest) if session.photo else None
        labels = asked_labels(services, address, typed)
        shared = shared_address(services, labels, example)
        shared = replace(shared, locked=locked or address.locked, theme=theme, lang=address.lang)
        has_own_photo = session.photo is not None and example is None
        return panel_html(shared, has_own_photo)

    return in_words(share)


def shared_address(services: Services, labels: str, example: int | None) -> Address:
    """The address that shows these labels, by the name of their list where they have one."""
    preset = preset_of(services, labels)
    return Address(
        example=example,
        preset=preset,
        labels="" if preset else labels,
        model=services.model_state().title,
    )


def panel_html(address: Address, has_own_photo: bool) -> str:
    """The link and the code, each with a button."""
    if not fits(address):
        return filled("page/locate/share", "too_long")
    about = text.SHARE_NO_PHOTO if has_own_photo else text.SHARE_INFO
    embedded = write_address(replace(address, embed=True))
    return filled("page/locate/share", "panel", about, write_address(address), embedded)


# Layout and wiring


def build_share_area() -> ShareArea:
    """Place the components; nothing listens yet."""
    with gr.Accordion(text.SHARE, open=False, elem_id="share") as fold:
        panel = gr.HTML(
            js_on_load=own_text(ASSETS / "share.js"),
            elem_id="share-panel",
            apply_default_css=False,
        )
        locked = gr.Checkbox(False, label=text.SHARE_LOCKED, elem_id="share-locked", container=False)
    return ShareArea(fold, locked, panel)


def wire_share_area(
    services: Services, area: ShareArea, kept: Kept, outline: gr.Textbox, theme: gr.Textbox, tree: gr.HTML
) -> None:
    """The link follows what is shown."""
    asked = asked_while_seen(tree, "share-panel")
    gr.on(
        [area.fold.expand, area.locked.input, asked.change],
        make_share(services, kept),
        [outline, area.locked, theme],
        area.panel,
        **QUICK,
    )

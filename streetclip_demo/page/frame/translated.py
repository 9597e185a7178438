"""A built page in all its languages: marks become keys of Gradio's own i18n, which the browser looks up."""

import json

import gradio as gr

from streetclip_demo.words.language import BEGIN, LANGUAGES, catalogue, language, spoken

BROWSER_TRANSLATES = ("label", "info", "placeholder", "value")  # what Gradio's browser side looks up
LARGE = 20_000  # characters: with pictures inside, too much to send in every language
SET_TITLE = "() => {{ document.title = {titles}[document.documentElement.lang] }}"


def translate(page: gr.Blocks) -> None:
    """Give the page `i18n_instance` for launch(); inside `with page`, after all else has been placed.

    What Gradio's i18n does not reach (the window's title, choices, alternative texts, large HTML) is put into
    the reader's language when the page is opened.
    """
    # Gradio tells those who listen "common.complete", for which it has no words in any language.
    keys = {reader: {"common.complete": catalogue(reader)["STATUS_COMPLETE"]} for reader in LANGUAGES}
    later = []
    for block in page.blocks.values():
        for name, value in [(name, value) for name, value in vars(block).items() if _has_marks(value)]:
            if name in BROWSER_TRANSLATES and isinstance(value, str) and len(value) < LARGE:
                key = f"{block._id}-{name}"
                for reader in LANGUAGES:
                    keys[reader][key] = spoken(value, reader)
                setattr(block, name, gr.I18n()(key))
            else:
                setattr(block, name, _spoken(value, "en"))
                later.append((block, name, value))
    page.i18n_instance = gr.I18n(**keys)
    page.title = _spoken(page.title, "en")
    titles = {reader: catalogue(reader)["BROWSER_TITLE"] for reader in LANGUAGES}
    page.load(
        _make_rest(later),
        None,
        [block for block, _, _ in later],
        js=SET_TITLE.format(titles=json.dumps(titles)),
        queue=False,
        show_progress="hidden",
        api_visibility="private",
    )


def _make_rest(later: list):
    def rest():
        reader = language()
        if reader == "en":
            updates = [gr.skip()] * len(later)
        else:
            updates = [gr.update(**{name: _spoken(value, reader)}) for _, name, value in later]
        return updates if len(updates) != 1 else updates[0]

    return rest


def _has_marks(value) -> bool:
    if isinstance(value, list | tuple):
        return any(map(_has_marks, value))
    return isinstance(value, str) and BEGIN in value


def _spoken(value, reader: str):
    if isinstance(value, list | tuple):
        return type(value)(_spoken(one, reader) for one in value)
    return spoken(value, reader) if isinstance(value, str) else value

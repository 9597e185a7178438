"""The page's languages: every sentence in each of them, and the right one for whoever reads."""

import json
import re
from collections.abc import Mapping
from types import SimpleNamespace

import gradio as gr
import pytest
from gradio.context import LocalContext

from streetclip_demo.page.frame import address
from streetclip_demo.page.frame.translated import translate
from streetclip_demo.words import language
from streetclip_demo.words import text as english
from streetclip_demo.words.language import FOLDER, LANGUAGES, building, spoken, text, wanted_language

OTHERS = [name for name in LANGUAGES if name != "en"]
# Sentences that may read as in English: names, commands, signs, and words that two languages share.
MAY_BE_ENGLISH = {
    *("GET_REAL_MODEL_COMMAND", "GET_REAL_MODEL_FOLDER_COMMAND", "STEP_PATH", "STEP_MAP_ANSWER", "COMMA"),
    *("LABELS", "STEP_LABEL", "STEP_LOGIT", "THOUSANDS", "REVISION", "FILE_REVISION", "FILE_MADE_WITH"),
    *("SHARE_LINK", "NOTES", "LESSON_PHOTO_ALT", "QUESTION_NUMBER", "CELL", "FILE_VERSIONS", "FILE_DATE"),
    *("LABELS_COUNTED", "LICENCE", "LEVELS.region", "LEVEL_TITLES.region", "READY"),
    *("SURE", "ONE_OF_SEVERAL"),
}


def catalogue_file(name):
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def flat(sentences):
    """Sentences by key; those of a table or a list as NAME.key."""
    for name, value in sentences.items():
        if isinstance(value, str):
            yield name, value
        else:
            items = value.items() if isinstance(value, Mapping) else enumerate(value)
            yield from ((f"{name}.{key}", sentence) for key, sentence in items)


ENGLISH = dict(flat({name: value for name, value in vars(english).items() if name.isupper()}))


def placeholders(sentence):
    return sorted(re.findall(r"\{\w*\}", sentence))


def reading(lang="", accept=""):
    """As if a request with this address and this browser were being answered."""
    LocalContext.request.set(
        SimpleNamespace(query_params={"lang": lang}, headers={"accept-language": accept})
    )


@pytest.fixture(autouse=True)
def nobody_reads():
    yield
    LocalContext.request.set(None)


@pytest.mark.parametrize("name", OTHERS)
def test_no_sentence_is_missing_and_none_is_left_over(name):
    assert set(dict(flat(catalogue_file(name)))) == set(ENGLISH)


@pytest.mark.parametrize("name", OTHERS)
def test_a_translation_has_the_placeholders_of_the_english(name):
    wrong = [
        key
        for key, sentence in flat(catalogue_file(name))
        if placeholders(sentence) != placeholders(ENGLISH.get(key, ""))
    ]
    assert wrong == []


@pytest.mark.parametrize("name", OTHERS)
def test_no_english_is_left(name):
    same = {key for key, sentence in flat(catalogue_file(name)) if sentence == ENGLISH.get(key)}
    assert same - MAY_BE_ENGLISH == set()


@pytest.mark.parametrize("name", LANGUAGES)
def test_no_sentence_needs_escaping_in_html(name):
    sentences = ENGLISH if name == "en" else dict(flat(catalogue_file(name)))
    assert [key for key, sentence in sentences.items() if re.search("[<>&\"']", sentence)] == []


def test_japanese_is_written_in_japanese():
    without = [
        key
        for key, sentence in flat(catalogue_file("ja"))
        if re.search(r"[a-z]{3}", ENGLISH[key]) and not re.search(r"[ぁ-んァ-ン一-龯]", sentence)
    ]
    assert set(without) <= {
        *("GET_REAL_MODEL_COMMAND", "GET_REAL_MODEL_FOLDER_COMMAND", "STEP_MAP_ANSWER"),
        *("SURE", "ONE_OF_SEVERAL"),
    }


def test_the_address_knows_the_same_languages():
    assert tuple(address.LANGUAGES) == LANGUAGES


@pytest.mark.parametrize(
    ("lang", "accept", "expected"),
    [
        ("de", "fr-FR,fr;q=0.9", "de"),
        (" JA ", "", "ja"),
        ("xx", "es-MX,es;q=0.8", "es"),
        ("", "ja-JP", "ja"),
        ("", "pt-BR,pt;q=0.9,fr;q=0.5,de;q=0.7,en;q=0.1", "de"),
        ("", "en-GB,en;q=0.9,de;q=0.8", "en"),
        ("", "de;q=0, fr;q=0.1", "fr"),
        ("", "pt-BR", "en"),
        ("", "*;q=nonsense,,;q=", "en"),
        ("", "", "en"),
    ],
)
def test_the_address_goes_before_the_browser(lang, accept, expected):
    assert wanted_language(lang, accept) == expected


def test_each_reader_gets_the_own_language():
    assert text.TITLE == "Where was this street?"
    reading(lang="de")
    assert text.TITLE == "Wo war diese Straße?"
    assert text.LEVELS["city"] == "Stadt"
    assert text.GATE_HEADS[0] == "Hinweis"
    reading(accept="ja-JP")
    assert text.TITLE == "この通りはどこ？"


def test_large_numbers_are_grouped_as_the_language_does():
    assert text.LABELS_COUNTED.format(count="1,200") == "1,200 labels."
    reading(lang="fr")
    assert text.LABELS_COUNTED.format(count="1,200") == "1\u202f200 étiquettes."
    assert "1\u202f400 km" in text.HALF_WITHIN.format(distance="1,400 km")
    assert "Lyon, 1,200" in text.TORN.format(first="Lyon, 1,200", second="Paris"), "only what is a number"


def test_a_sentence_that_is_not_there_is_an_error():
    with pytest.raises(AttributeError, match="NO_SUCH"):
        _ = text.NO_SUCH


def test_what_is_built_can_be_spoken_in_every_language():
    with building():
        built = f"<p>{text.TITLE}</p>" + text.COMMA.join(["a", text.EXAMPLE_ALT.format(number=2)])
        nested = text.LICENCE.format(licence=text.LEVELS["city"])
    assert spoken(built, "en") == "<p>Where was this street?</p>a, Drawn street 2"
    assert spoken(built, "es") == "<p>¿Dónde estaba esta calle?</p>a, Calle dibujada 2"
    assert spoken(nested, "de") == "Lizenz Stadt"


def test_components_get_keys_for_the_browser_and_their_rest_later():
    with building(), gr.Blocks(title=text.BROWSER_TITLE) as page:
        title = gr.HTML(f"<h1>{text.TITLE}</h1>")
        status = gr.HTML(f'<span data-saved="{text.EXPORT_SAVED}"></span>')
        choice = gr.Radio(list(text.ESTIMATOR_CHOICES.values()), label=text.ESTIMATOR)
        translate(page)
    table = page.i18n_instance.translations
    assert table["de"][title.value.key] == "<h1>Wo war diese Straße?</h1>"
    assert table["de"][status.value.key] == '<span data-saved="Gespeichert als {name}."></span>'
    assert table["ja"][choice.label.key] == "ピンを立てる場所"
    assert choice.choices[0][0] == english.ESTIMATOR_CHOICES["greedy"]
    assert page.title == english.BROWSER_TITLE
    (rest,) = [fn.fn for fn in page.fns.values()]
    reading(lang="es")
    assert rest()["choices"][0][0] == "Paso a paso: el país más probable y luego su ciudad más probable"


def test_every_file_of_the_page_speaks_the_readers_language():
    folder = FOLDER.parent
    bypassing = [
        path.name
        for path in folder.glob("*.py")
        if path.name != "language.py"
        and re.search(r"page import .*\btext\b|page\.text import", path.read_text("utf-8"))
    ]
    assert bypassing == []
    assert sorted(path.stem for path in FOLDER.iterdir()) == sorted(OTHERS)
    assert language.language() == "en"

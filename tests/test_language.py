"""The page's languages: every sentence in each of them, and the right one for whoever reads."""

import gzip
import json
import re
from collections.abc import Mapping
from types import SimpleNamespace

import gradio as gr
import pytest
from gradio.context import LocalContext

from streetclip_demo.checkpoints.cards import PRACTICE_TITLE
from streetclip_demo.errors import LabelError, LessonError, PhotoError, TemplateError
from streetclip_demo.markup import filled
from streetclip_demo.page.frame import address
from streetclip_demo.page.frame.translated import translate
from streetclip_demo.page.frame.uploads import GONE, NO_ROOM
from streetclip_demo.page.guess.room_view import card_html
from streetclip_demo.photos.decoding import ANIMATED, PANORAMA, STILL
from streetclip_demo.photos.photo import open_photo
from streetclip_demo.places.candidates import parse_outline, presets
from streetclip_demo.places.templates import parse_templates
from streetclip_demo.practice.facts import CLUES
from streetclip_demo.teaching.lessons import read_lesson, shipped_lessons
from streetclip_demo.words import language
from streetclip_demo.words import text as english
from streetclip_demo.words.countries import country_names
from streetclip_demo.words.language import (
    FOLDER,
    LANGUAGES,
    building,
    speaking,
    spoken,
    text,
    wanted_language,
)
from streetclip_demo.words.place_names import isolated, joined, shown
from streetclip_demo.words.readable import (
    all_digits,
    decimal,
    exactly_said,
    grouped,
    kilometres,
    percent,
    position,
    said,
)
from streetclip_demo.words.said import FORMS as FORMS_FOLDER

OTHERS = [name for name in LANGUAGES if name != "en"]
# Sentences that may read as in English: names, commands, signs, and words that two languages share.
MAY_BE_ENGLISH = {
    *("GET_REAL_MODEL_COMMAND", "GET_REAL_MODEL_FOLDER_COMMAND", "STEP_PATH", "STEP_MAP_ANSWER", "COMMA"),
    *("LABELS", "STEP_LABEL", "STEP_LOGIT", "REVISION", "FILE_REVISION", "FILE_MADE_WITH"),
    *("SHARE_LINK", "NOTES", "LESSON_PHOTO_ALT", "QUESTION_NUMBER", "CELL", "FILE_VERSIONS", "FILE_DATE"),
    *("LABELS_COUNTED", "LICENCE", "LEVELS.region", "LEVEL_TITLES.region", "READY"),
    *("SURE", "ONE_OF_SEVERAL", "MAP_PIN_SAID", "MAP_POPUP.position", "COMBINED_WEIGHT", "MAP_PIN_OF"),
    *("SIZE_GB", "SIZE_MB"),
    *("POSITIONS.NE", "POSITIONS.NW", "POSITIONS.SE", "POSITIONS.SW"),
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
        *("SURE", "ONE_OF_SEVERAL", "MAP_PIN_SAID", "COMBINED_WEIGHT", "MAP_PIN_OF", "SIZE_GB", "SIZE_MB"),
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


# CLDR 48 (numbers, units) and the Real Academia Española, which sets four digits together
@pytest.mark.parametrize(
    ("lang", "expected"),
    [
        ("en", "66.3 %|< 0.1 %|> 99.9 %|1,400 km|12,345|−0.25|0.125"),
        ("de", "66,3~%|<~0,1~%|>~99,9~%|1.400~km|12.345|−0,25|0,125"),
        ("fr", "66,3~%|<~0,1~%|>~99,9~%|1\u202f400~km|12\u202f345|−0,25|0,125"),
        ("es", "66,3~%|<~0,1~%|>~99,9~%|1400~km|12.345|−0,25|0,125"),
        ("ja", "66.3%|<~0.1%|>~99.9%|1,400~km|12,345|−0.25|0.125"),
    ],
)
def test_numbers_are_written_as_the_reader_writes_them(lang, expected):
    reading(lang=lang)
    written = [percent(share) for share in (0.6634, 0.0004, 0.9999)]
    written += [kilometres(1449), grouped(12345), decimal(-0.25, 2), all_digits(0.125)]
    assert written == expected.replace("~", "\N{NO-BREAK SPACE}").split("|")


def test_a_number_on_a_built_page_is_written_for_each_reader():
    with building():
        built = text.GATE_ABOUT.format(accuracy=percent(0.925), scenes=grouped(1500))
    assert "92.5 %" in spoken(built, "en")
    assert "92,5\xa0%" in spoken(built, "de")
    assert "1.500" in spoken(built, "de")
    with building():
        built = filled("report/sentences", "mark", "US states")
    assert spoken(built, "de") == '<p class="mark">US-Bundesstaaten</p>'


@pytest.mark.parametrize(
    ("lang", "nagasaki", "lima"),
    [
        ("en", "32.75° N, 129.88° E", "12.05° S, 77.04° W"),
        ("de", "32,75° N, 129,88° O", "12,05° S, 77,04° W"),
        ("ja", "北緯32.75°、東経129.88°", "南緯12.05°、西経77.04°"),
    ],
)
def test_a_position_has_the_readers_points_of_the_compass(lang, nagasaki, lima):
    reading(lang=lang)
    assert [position((32.75, 129.88)), position((-12.05, -77.04))] == [nagasaki, lima]


def test_a_country_has_the_readers_name_and_any_other_label_its_own(gazetteer):
    labels = "France\n  Paris\nUSA\nHong Kong\na dry climate"
    roots = parse_outline(labels, gazetteer).roots
    said = {}
    for lang in LANGUAGES:
        reading(lang=lang)
        said[lang] = [shown(label) for root in roots for label in (root, *root.children)]
    assert said["en"] == ["France", "Paris", "USA", "Hong Kong", "a dry climate"]
    assert said["de"] == ["Frankreich", "Paris", "Vereinigte Staaten", "Hongkong", "a dry climate"]
    assert said["ja"] == ["フランス", "Paris", "アメリカ合衆国", "香港", "a dry climate"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_country_has_a_name_in_each_language_and_no_two_have_one(lang, gazetteer):
    names = country_names(lang)
    assert set(names) == {place.id for place in gazetteer.countries}
    assert len(set(names.values())) == len(names)
    assert country_names("en") == {place.id: place.name for place in gazetteer.countries}


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


FORMS = [
    ("The list has no labels. Write one label a line, or choose a preset.", "Die Liste hat keine Labels."),
    ("The list has 40,000 labels; at most 34,000 can be scored. Remove 6,000 of them; cities need no lines, "
     "the gazetteer can add them.", "Die Liste hat 40.000 Labels; höchstens 34.000"),
    ("Line 3: 'Atlantis' is no known place; it is scored as text, without a point on the map. Did you mean 'Atlanta'?",
     "Zeile 3: 'Atlantis' ist kein bekannter Ort;"),
    ("Lines 1, 2 and 5: read as codes: 'US' is United States.",
     "Zeilen 1, 2 und 5: als Kürzel gelesen: 'US' = United States."),
    ("Line 1: it is nested 4 deep; at most 3 levels can be scored.\nAnd 2 more lines have problems.",
     "Zeile 1: Sie ist 4 Ebenen tief; höchstens 3 können bewertet werden.\nUnd 2 weitere Zeilen haben Probleme."),
    ("StreetCLIP is not on this machine and HF_HUB_OFFLINE forbids downloading it. Unset it. Connect to the network, "
     "or copy the checkpoint's folder (1.7 GB) from a machine that has it and give it with --model FOLDER.",
     "StreetCLIP ist nicht auf diesem Rechner, und HF_HUB_OFFLINE verbietet, es herunterzuladen. Heben Sie das auf."),
    ("Taiwan: Claimed by the People's Republic of China and governed apart from it; here a place of its own.",
     "Taiwan: Von der Volksrepublik China beansprucht"),
    ("Practice model (drawn streets) on a photograph: it has only seen drawings, so these places mean nothing.",
     "Übungsmodell (gezeichnete Straßen) auf einem Foto:"),
    ("Shares of countries are calibrated: temperature 1.70, fitted on 1,500 photos of im2gps3k.",
     "Die Anteile der Länder sind kalibriert: Temperatur 1,70, angepasst an 1.500 Fotos von im2gps3k."),
    ("Something: that has no form.", "Something: that has no form."),
]  # fmt: skip


@pytest.mark.parametrize(("english", "begins"), FORMS, ids=range(len(FORMS)))
def test_what_the_rooms_below_say_is_said_to_its_reader(english, begins):
    assert said(english) == english
    reading(lang="de")
    assert said(english).startswith(begins)


def test_what_a_person_wrote_is_not_taken_for_a_sentence_of_ours():
    reading(lang="de")
    assert exactly_said("Read the signs") == "Die Schilder lesen"
    assert exactly_said("No photo was empty (0 bytes).") == "No photo was empty (0 bytes)."


def shipped(gazetteer):
    """What the app ships in English for its readers: lists, clues, lessons, notes on disputed places."""
    yield from presets(gazetteer, ["Japan"])
    for clue in CLUES.values():
        yield from (clue.label, *clue.phrases.values())
    for lesson in shipped_lessons(gazetteer):
        yield from (lesson.title, lesson.about)
        for question in lesson.questions:
            yield from (question.question, question.credit, question.explanation)
    yield from filter(None, (gazetteer.note(place.id) for place in gazetteer.countries))
    yield from (ANIMATED, STILL, PANORAMA, PRACTICE_TITLE, GONE, NO_ROOM)


@pytest.mark.parametrize("lang", OTHERS)
def test_all_that_is_shipped_has_a_translation(lang, gazetteer):
    forms = json.loads((FORMS_FOLDER / f"{lang}.json").read_text(encoding="utf-8"))
    assert [sentence for sentence in shipped(gazetteer) if sentence and sentence not in forms] == []
    assert [
        form for form, translation in forms.items() if placeholders(form) != placeholders(translation)
    ] == []


MISTAKES = [
    "", "\n  A\nB", "@ 1, 2", "A @", "A @ 1,5, 2,5", "A @ 1° 30, 2", "A @ 1 N 2", "A @ 91, 0", "A @ 1 N 2 N", "x" * 400,
    "A\n B\n  C\n   D\n    E", "Atlantis", "Fraance", "Paris, Lyon", "France\nFrance", "Deutschland\nGermany",
    "Georgia", "FR\nDE", "1. Peru\n2. Mali", "Cuba\n  Paris",
]  # fmt: skip


@pytest.mark.parametrize("lang", OTHERS)
def test_whatever_is_wrong_with_what_a_person_gives_is_said_in_each_language(lang, gazetteer):
    told = []
    for outline in MISTAKES:
        try:
            told += parse_outline(outline, gazetteer).notes
        except LabelError as error:
            told += str(error).splitlines()
    for template in (
        "x",
        "city:",
        "city: {foo}",
        "city: no field",
        "country: " + "{country}" * 99,
        "region: \ud800",
    ):
        try:
            parse_templates(template)
        except TemplateError as error:
            told += str(error).splitlines()
    for content in (b"", b"text", b"%PDF-1.4", b"\xff\x0a1234", b"II*\0abcdef", b"\xff\xd8\xff"):
        with pytest.raises(PhotoError) as refused:
            open_photo(content)
        told.append(str(refused.value))
    for content in (b"\xff", b"{", b"[]", b'{"lesson": 2}', b'{"lesson": 1, "title": "A", "questions": []}'):
        with pytest.raises(LessonError) as refused:
            read_lesson(content, "lesson.json", gazetteer)
        told.append(str(refused.value))
    reading(lang=lang)
    assert len(told) > 20
    assert [sentence for sentence in told if said(sentence) == sentence] == []


def test_the_map_speaks_with_its_page_though_gradio_asks_for_it_without_a_request(gazetteer):
    from streetclip_demo.maps.world_map import map_stage

    with speaking("ja"):
        document = map_stage(gazetteer)
    assert '<html lang="ja"' in document
    assert '"フィンランド"' in document
    assert '"Finland"' not in document
    assert len(gzip.compress(document.encode())) < 130_000


def test_a_name_from_right_to_left_turns_nothing_round_it():
    assert isolated("مصر") == "\N{FIRST STRONG ISOLATE}مصر\N{POP DIRECTIONAL ISOLATE}"
    assert isolated("Kairo") == "Kairo"
    assert joined(("ישראל", "Haifa")) == "Haifa, \N{FIRST STRONG ISOLATE}ישראל\N{POP DIRECTIONAL ISOLATE}"


@pytest.mark.parametrize(("lang", "end"), [("de", "ABC234?lang=de"), ("", "ABC234"), ("xx", "ABC234")])
def test_phones_are_sent_the_language_of_the_lecturers_address(lang, end):
    reading(lang=lang)
    card = card_html(SimpleNamespace(code="ABC234", secret="s"), "https://example.org/demo/")
    assert f'href="https://example.org/demo/class/{end}"' in card

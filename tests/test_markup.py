"""HTML from templates: what is filled in is escaped, what is missing is an error, and damage is one sentence."""

import jinja2
import pytest

from streetclip_demo import markup
from streetclip_demo.errors import DataError
from streetclip_demo.markup import filled


@pytest.fixture
def template(tmp_path, monkeypatch):
    """Puts a template where the package's are looked for, and fills its macro `one`."""
    monkeypatch.setattr(markup, "PACKAGE", tmp_path)
    (tmp_path / "page/templates").mkdir(parents=True)
    markup._environment.cache_clear()
    markup._macros.cache_clear()

    def fill(source, *values):
        (tmp_path / "page/templates/own.html").write_text(source, encoding="utf-8")
        return filled("page/own", "one", *values)

    yield fill
    markup._environment.cache_clear()
    markup._macros.cache_clear()


def test_what_is_filled_in_is_escaped(template):
    html = template('{% macro one(a) %}<p title="{{ a }}">{{ a }}</p>{% endmacro %}\n', """<b>&"'""")
    assert html == '<p title="&lt;b&gt;&amp;&#34;&#39;">&lt;b&gt;&amp;&#34;&#39;</p>'


def test_html_is_a_plain_string_so_that_joining_two_escapes_nothing(template):
    html = template("{% macro one() %}<p></p>{% endmacro %}\n")
    assert html + "<b>" == "<p></p><b>"


def test_line_breaks_beside_tags_do_not_reach_the_page_and_others_are_a_space(template):
    source = '{% macro one() %}\n  <p class="a"\n     id="b">\n    {{ "c" }}\n    d\n    e\n  </p>\n{% endmacro %}\n'
    assert template(source) == '<p class="a" id="b">cd e</p>'


def test_a_name_that_is_not_there_is_an_error_and_no_gap(template):
    with pytest.raises(jinja2.UndefinedError, match="shares"):
        template("{% macro one() %}{{ shares }}{% endmacro %}\n")


@pytest.mark.parametrize("source", ["{% macro one() %}<p>\n", "{% macro one() %}{% endmacro %}", ""])
def test_a_damaged_template_is_a_sentence_that_names_it(template, source):
    with pytest.raises(DataError, match=r"own\.html in .* cannot be used \(.*\)\. Check the app out again"):
        template(source)

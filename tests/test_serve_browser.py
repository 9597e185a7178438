"""The doors in a real Chromium: no complaint, frames elsewhere and on slides on disk, under a path, at a stop."""

import pytest
from gradio import http_server, mount_gradio_app
from gradio.routes import App
from page_server import model_behind, serve
from test_embed_browser import other_site, wait_for_answer

from streetclip_demo.checkpoints.cards import MODELS
from streetclip_demo.page.layout import create_page, launch_options
from streetclip_demo.serve.compose import page_services, shipped_examples
from streetclip_demo.serve.doors import lifespan_behind_doors
from streetclip_demo.serve.hosting import Hosting
from streetclip_demo.serve.stopping import Stop
from streetclip_demo.words import text

pytest_plugins = ["browser"]
pytestmark = pytest.mark.browser

TABS = (text.STEPS_TAB, text.GUESS_TAB, text.DRAW_TAB, text.LOCATE_TAB)


def walk(page):
    """Wait for the first answer, then look at every tab."""
    page.locator("#tree .tree").wait_for()
    page.frame_locator("#map iframe:not([aria-busy])").locator(".guess-disc").first.wait_for()
    for tab, sight in zip(
        TABS, ("#steps .steps", "#lesson-picker", "#draw-country", "#photo img"), strict=True
    ):
        page.get_by_role("tab", name=tab).click()
        page.locator(sight).first.wait_for(state="attached")


def test_nothing_on_any_tab_breaks_the_policy(practising, visit):
    visited = visit(practising.url)
    warnings = []
    visited.page.on("console", lambda message: warnings.append(message.text))
    visited.page.reload()
    walk(visited.page)
    assert [said for said in [*visited.complaints, *warnings] if "Policy" in said] == []
    assert visited.complaints == []


def test_the_dialog_on_the_endpoint_works(practising, visit):
    page = visit(f"{practising.url}?view=locate").page
    page.locator("footer").get_by_text("API").first.click()
    page.get_by_text("/locate").first.wait_for()


def framed(tmp_path, url):
    """A slide that has the demo in a frame."""
    slide = tmp_path / "index.html"
    frame = f'<iframe src="{url}?embed=1&amp;example=japan" title="Demo" width="1280" height="720"></iframe>'
    slide.write_text(f"<!DOCTYPE html><title>Slides</title>{frame}", encoding="utf-8")
    return slide


def test_by_default_a_slide_on_disk_may_frame_it(practising, visit, tmp_path):
    slide = framed(tmp_path, practising.url)
    wait_for_answer(visit(slide.as_uri()).page.frame_locator("iframe"), "Japan")


@pytest.fixture(scope="module")
def loaded(gazetteer):
    model = model_behind(MODELS["practice"].source, gazetteer, shipped_examples())
    model.start()
    model.get()
    return model


@pytest.mark.parametrize(
    ("ancestors", "on_disk", "elsewhere"),
    [("*", False, True), ("https://example.org", False, False)],
)
def test_where_a_host_says_who_may_frame_it_others_may_not(
    loaded, gazetteer, visit, tmp_path, ancestors, on_disk, elsewhere
):
    with serve(loaded, gazetteer, shipped_examples(), tmp_path / "temp", ancestors=ancestors) as page:
        slide = framed(tmp_path, page.url)
        with other_site(tmp_path) as site:
            for address, is_allowed in ((slide.as_uri(), on_disk), (site, elsewhere)):
                visited = visit(address)
                if is_allowed:
                    wait_for_answer(visited.page.frame_locator("iframe"), "Japan")
                else:
                    visited.page.wait_for_timeout(500)
                    assert any("frame-ancestors" in said for said in visited.complaints)
                    assert visited.page.frame_locator("iframe").locator("#answer").count() == 0


@pytest.fixture
def mounted(loaded, gazetteer):
    """The page under a path of another app."""
    services = page_services(loaded, gazetteer, shipped_examples())
    page = create_page(services)
    options = launch_options(page, services.uploads)
    inner = options["app_kwargs"]["lifespan"]
    doors = lifespan_behind_doors(page, services.uploads, Stop(), Hosting(), inner)
    kept = (
        "theme",
        "css_paths",
        "js",
        "head",
        "i18n",
        "footer_links",
        "max_file_size",
        "show_error",
        "run_history",
    )
    app = mount_gradio_app(
        App(),
        page,
        "/demo",
        app_kwargs={**options["app_kwargs"], "lifespan": doors},
        **{name: options[name] for name in kept},
    )
    *_, url, server = http_server.start_server(app)
    yield f"{url}demo/"
    page.close(verbose=False)
    server.close()
    services.uploads.close()


def test_it_works_under_a_path(mounted, visit):
    visited = visit(mounted)
    walk(visited.page)
    assert visited.complaints == []


def test_who_waits_while_the_app_stops_reads_why(loaded, gazetteer, visit, tmp_path):
    with serve(loaded, gazetteer, shipped_examples(), tmp_path / "temp") as page:
        visited = visit(page.url).page
        visited.locator("#tree .tree").wait_for()
        page.stop.finish(0)
        visited.get_by_role("tab", name=text.STEPS_TAB).click()
        visited.locator("#connection", has_text=text.CONNECTION_LOST).wait_for()

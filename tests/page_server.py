"""The page on a port of its own for tests, with a small checkpoint behind it."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import gradio as gr

from streetclip_demo.checkpoints.cards import model_card
from streetclip_demo.locate.loading import Wanted
from streetclip_demo.page.frame.kept import Limits
from streetclip_demo.page.frame.provided import Example, Services
from streetclip_demo.page.frame.uploads import UploadFolder
from streetclip_demo.page.layout import create_page
from streetclip_demo.photos.photo import open_photo
from streetclip_demo.serve.compose import PageModel, page_services
from streetclip_demo.serve.hosting import Hosting
from streetclip_demo.serve.start import launch
from streetclip_demo.serve.stopping import Stop


@dataclass(frozen=True)
class Served:
    """A page that is up."""

    url: str
    temp: Path  # where Gradio and tempfile put files
    model: PageModel
    page: gr.Blocks
    uploads: UploadFolder
    stop: Stop

    def files(self) -> list[Path]:
        """Files that lie there now, but for the test browser's own."""
        found = (path for path in self.temp.rglob("*") if path.is_file())
        return [path for path in found if not path.relative_to(self.temp).parts[0].startswith("playwright")]


def model_behind(
    directory: Path, gazetteer, examples: tuple[Example, ...] = (), others: tuple[Path, ...] = ()
) -> PageModel:
    """A model from a folder, not loaded yet, that knows the examples; others may be asked beside it."""
    known = frozenset(open_photo(example.path).digest for example in examples)
    wanted, *beside = (
        Wanted(model_card(folder), device="cpu", precision="float32", is_explicit=True)
        for folder in (directory, *others)
    )
    return PageModel(wanted, gazetteer, known, beside)


@contextlib.contextmanager
def serve(
    model: PageModel,
    gazetteer,
    examples: tuple[Example, ...],
    temp: Path,
    port: int | None = None,
    limits: Limits | None = None,
    ancestors: str = "",
    services: Services | None = None,
    hosting: Hosting | None = None,
) -> Iterator[Served]:
    """Run the page, as app.py does, with `temp` for the files of Gradio and tempfile."""
    temp.mkdir(parents=True, exist_ok=True)
    with _temporary_files_in(temp):
        services = services or page_services(model, gazetteer, examples)
        page = create_page(services, limits)
        try:
            stop = Stop()
            hosting = hosting or Hosting(ancestors, model_state=services.model_state)
            url = launch(page, services.uploads, stop, hosting, {"quiet": True, "server_port": port})
            yield Served(url, temp, model, page, services.uploads, stop)
        finally:
            page.close(verbose=False)
            services.uploads.close()


@contextlib.contextmanager
def _temporary_files_in(temp: Path) -> Iterator[None]:
    variables = {"GRADIO_TEMP_DIR": str(temp / "gradio"), "TMPDIR": str(temp)}
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    folder, tempfile.tempdir = tempfile.tempdir, str(temp)
    try:
        yield
    finally:
        tempfile.tempdir = folder
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value

"""Looks after the folder of uploads while the app runs. Knows how Gradio keeps what it is asked."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

from starlette.concurrency import run_in_threadpool

from streetclip_demo.page.frame.forgetful import ForgetfulPage
from streetclip_demo.page.frame.named_files import named_paths
from streetclip_demo.page.frame.uploads import UploadFolder

SWEEP_SECONDS = 10.0


def awaited(page: ForgetfulPage) -> set[str]:
    """Names of the uploads in all calls that wait in Gradio's queue or run, and of photos that wait for the model."""
    events = list(page._queue.event_ids_to_events.values())
    called = {name for event in events for name in named_paths(event.data.data if event.data else None)}
    return called | page.kept.uploads()


def sweeping(uploads: UploadFolder, page: ForgetfulPage, seconds: float = SWEEP_SECONDS) -> Callable:
    """A lifespan for the page's app: the folder is swept every few seconds."""

    @contextlib.asynccontextmanager
    async def lifespan(app) -> AsyncIterator[None]:
        task = asyncio.create_task(_sweep_for_ever(uploads, page, seconds))
        yield
        task.cancel()

    return lifespan


async def _sweep_for_ever(uploads: UploadFolder, page: ForgetfulPage, seconds: float) -> None:
    while True:
        await run_in_threadpool(uploads.sweep, awaited(page))
        for (
            names
        ) in page.temp_file_sets:  # Gradio's own list of what it might delete, of which it forgets nothing
            names.clear()
        await asyncio.sleep(seconds)

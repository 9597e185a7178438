#!/usr/bin/env bash
# A table that a Gradio listener yields with fewer columns than the one before shows other cells than were yielded.
#
# Expected: each table that a listener yields is shown as it is: first all guesses with their positions, then the countries alone.
# Seen: gradio 6.31.0 sends what changed since the last one. Cells that go are taken out one by one, each of which moves those behind it, and so
# the next ones' numbers are lowered: once for their row and, by mistake, again for the whole table. From the second row on the wrong cells go. The page
# shows that as long as the listener works; when it ends, the last table is sent whole. In gradio_client the job's outputs() stay wrong beside a
# result() that is right, or, where a number fell below zero, the job fails with an IndexError.
set -euo pipefail
chromium=$(command -v chromium-headless-shell || command -v chromium || command -v google-chrome) ||
    { echo "A Chromium is needed, as Debian's chromium-headless-shell." >&2; exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q gradio==6.31.0 gradio-client==2.7.2 playwright==1.65.0
"$chromium" --version --no-sandbox
CHROMIUM=$chromium GRADIO_ANALYTICS_ENABLED=0 "$work/venv/bin/python" - <<'PY'
import os
import sys
import threading
from importlib.metadata import version

import gradio as gr
from gradio_client import Client
from playwright.sync_api import sync_playwright

HEADERS = ["country", "share", "latitude", "longitude"]
GUESSES = [["Japan", 0.6, 36, 138], ["Kenya", 0.3, 1, 38], ["Chile", 0.1, -30, -71]]
SEEN = threading.Event()


def columns(count):
    """The first columns of the guesses, as a Dataframe takes them."""
    return {"headers": HEADERS[:count], "data": [row[:count] for row in GUESSES]}


def narrowed(count):
    """A listener that shows all columns, then some, and works on until it was looked at."""

    def listener():
        yield columns(4)
        yield columns(count)
        SEEN.wait(20)

    return listener


def by_client(count):
    """What a job's outputs end with, and its result."""
    job = client.submit(api_name=f"/to_{count}")
    try:
        result = job.result()
        return job.outputs()[-1]["data"], result["data"]
    except IndexError as error:
        return f"IndexError: {error}", None


def in_page(count):
    """The cells that the page shows while the listener works, and when it has ended."""
    SEEN.clear()
    page = browser.new_page()
    page.goto(address)
    page.locator(f"#narrow_{count}").click()
    shown = []
    for _ in range(2):
        page.wait_for_timeout(4000)
        shown.append([text.strip() for text in page.locator("#table .body-cell").all_inner_texts()])
        SEEN.set()
    page.close()
    return shown


with gr.Blocks() as page_of_gradio:
    table = gr.Dataframe(elem_id="table")
    for kept in (3, 1):
        gr.Button(str(kept), elem_id=f"narrow_{kept}").click(narrowed(kept), None, table, api_name=f"to_{kept}")
_, address, _ = page_of_gradio.launch(prevent_thread_lock=True, quiet=True)
client = Client(address, verbose=False)
SEEN.set()
three, one = by_client(3), by_client(1)
with sync_playwright() as playwright:
    browser = playwright.chromium.launch(executable_path=os.environ["CHROMIUM"], args=["--no-sandbox", "--disable-gpu"])
    working, ended = in_page(3)
    browser.close()
page_of_gradio.close(verbose=False)

print(f"gradio {version('gradio')}, gradio-client {version('gradio-client')}")
print("yielded at last:       ", columns(3)["data"])
print("client, outputs():     ", three[0])
print("client, result():      ", three[1])
print("page, while it works:  ", working)
print("page, when it has ended:", ended)
print("client, four columns to one, outputs():", one[0])
right = [str(cell) for row in columns(3)["data"] for cell in row]
is_so = three[0] != columns(3)["data"] == three[1] and working != right == ended and one[0] != columns(1)["data"]
sys.exit(0 if is_so else "This has changed.")
PY

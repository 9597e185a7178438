"""The components of the tab "Locate", as its listeners know them."""

from dataclasses import dataclass

import gradio as gr

from streetclip_demo.page.clues.clue_area import ClueArea
from streetclip_demo.page.explain.why_area import WhyArea
from streetclip_demo.page.locate.counted_area import CountedArea
from streetclip_demo.page.locate.export_area import ExportArea
from streetclip_demo.page.locate.labels import LabelArea
from streetclip_demo.page.locate.query_area import QueryArea
from streetclip_demo.page.locate.share_area import ShareArea
from streetclip_demo.page.locate.side_area import SideArea
from streetclip_demo.page.locate.tuning_area import TuningArea


@dataclass(frozen=True, eq=False)
class LocateTab:
    """The tab's components."""

    has: gr.Textbox  # unseen: what the page shows, as healing.py writes it
    lost: gr.Textbox  # unseen: changes when the page is to send its photo again
    back: gr.Textbox  # unseen: changes when the connection to the server is there again
    theme: gr.Textbox  # unseen: "light" or "dark"
    waiting: gr.Textbox  # unseen: changes when the model is there and a photo waits
    photo: gr.Image
    strip: gr.HTML
    labels: LabelArea
    tuning: TuningArea
    answer: gr.HTML
    speaking: gr.HTML
    run_anyway: gr.Button
    map: gr.HTML
    undo: gr.Button
    tree: gr.HTML
    calibrated: gr.Checkbox  # seen where a temperature was fitted for the model
    notes: gr.HTML
    why: WhyArea
    side: SideArea | None  # where other models are offered
    clues: ClueArea
    counted: CountedArea
    query: QueryArea | None  # where the model reads sentences
    share: ShareArea
    export: ExportArea

    @property
    def asked(self) -> set:
        """Components that a question is read from; a listener gets their values as one dict."""
        labels, tuning = self.labels, self.tuning
        read = {labels.outline, labels.add_cities, tuning.templates, tuning.estimator, tuning.beam}
        return {self.has, self.theme, self.calibrated, self.counted.way} | read

    @property
    def shown(self) -> list:
        """Components that `updates` fills, in its order."""
        marked = [self.counted.frames, self.counted.panel]
        return [self.answer, self.map, self.tree, self.notes, *marked, self.run_anyway]

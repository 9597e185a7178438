"""The page's one public endpoint, for gradio_client and plain HTTP."""

import gradio as gr

from streetclip_demo.errors import PhotoError
from streetclip_demo.locate.question import Question, asked_temperatures
from streetclip_demo.locate.starting_lists import adds_cities
from streetclip_demo.page.frame.asker import check_asker
from streetclip_demo.page.frame.messages import MODEL_QUEUE
from streetclip_demo.page.frame.photo_input import take_upload
from streetclip_demo.page.frame.provided import Services
from streetclip_demo.places.templates import parse_templates
from streetclip_demo.report.record import prediction_record


def publish_locate(services: Services) -> None:
    """Add the endpoint "/locate" to the Blocks that is being built."""

    def locate(
        photo: gr.FileData,
        labels: str = "",
        templates: str = "",
        add_cities: bool | None = None,
        estimator: str = "greedy",
        beam_width: int = 5,
        anyway: bool = False,
        calibrated: bool = True,
    ) -> dict:
        """Locate a street photo among a list of labels.

        photo: the picture, as gradio_client.handle_file gives it; it is deleted once it has been read.
        labels: an outline, one label a line, children indented, optionally with "@ latitude, longitude"; empty
        for the model's default list. templates: lines such as "country: A Street View photo in {country}.";
        empty for the default ones. add_cities: open the likeliest countries with their largest cities; if left out,
        as the page begins with this model.
        estimator: "greedy", "beam" or "hedged". beam_width: how many countries are opened. anyway: run
        the practice model on a photograph, marked as meaning nothing. calibrated: divide logits by the temperatures
        that were fitted for the model, if any. Returns the posterior and its manifest.
        """
        if photo is None:
            raise PhotoError("No photo was given. Upload one with the request.")
        opened = services.open_photo(take_upload(services.uploads, photo))
        state = services.model_state()
        question = Question(
            labels=services.presets[services.default_preset(state)] if labels == "" else labels,
            templates=parse_templates(templates),
            add_cities=adds_cities(state.is_practice) if add_cities is None else add_cities,
            estimator=estimator,
            beam_width=beam_width,
            temperatures=asked_temperatures(calibrated),
            anyway=anyway,
        )
        check_asker()
        prediction = services.locate(opened, question, check_asker)
        return prediction_record(prediction, question, opened.digest)

    gr.api(locate, api_name="locate", concurrency_id=MODEL_QUEUE)

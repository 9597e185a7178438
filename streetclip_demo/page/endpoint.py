"""The page's one public endpoint, for gradio_client and plain HTTP."""

from collections.abc import Callable

import gradio as gr

from streetclip_demo.errors import ModelError, PhotoError, QuestionError
from streetclip_demo.locate.compare import side_by_side
from streetclip_demo.locate.locator import AnyPhoto
from streetclip_demo.locate.question import Question, asked_temperatures, check_text
from streetclip_demo.locate.starting_lists import adds_cities
from streetclip_demo.page.frame.asker import check_asker
from streetclip_demo.page.frame.badge import how_far
from streetclip_demo.page.frame.messages import MODEL_QUEUE
from streetclip_demo.page.frame.photo_input import take_upload
from streetclip_demo.page.frame.provided import Services
from streetclip_demo.photos.views import AUTO, checked_way
from streetclip_demo.places.templates import parse_templates
from streetclip_demo.posterior.prediction import Prediction
from streetclip_demo.progress import Progress
from streetclip_demo.report.comparison import side_by_side_record
from streetclip_demo.report.record import prediction_record
from streetclip_demo.words.language import text

Ask = Callable[[AnyPhoto, Question, Progress | None], Prediction]


def asked_models(services: Services, names: str) -> list[Ask]:
    """What asks each model that is named, by key or title; a model that is not there is loaded, and told."""
    check_text("models", names)
    wanted = [one.strip().casefold() for one in names.split(",") if one.strip()]
    if not wanted:
        return [services.locate]
    own = {services.name.casefold(), services.model_state().title.casefold()}
    others = {
        one: other for other in services.others for one in (other.name.casefold(), other.title.casefold())
    }
    for one in wanted:
        if one not in own and one not in others:
            offered = ", ".join([services.name, *(other.name for other in services.others)])
            raise QuestionError(f"This page offers no model named {one!r}. There are: {offered}.")
    keys = [services.name if one in own else others[one].name for one in wanted]  # of a title too
    if len(set(keys)) < len(keys):
        raise QuestionError("A model is named twice. Name each model once.")
    for other in (others[one] for one in wanted if one not in own):
        state = other.state()
        if not state.ready:
            other.start()
            raise ModelError(text.SIDE_COMING.format(how_far=how_far(state)))
    return [services.locate if one in own else others[one].locate for one in wanted]


def asked_weights(weights: str, count: int) -> tuple[float, ...]:
    """A weight for each of so many models; the same for all where none are given."""
    check_text("weights", weights)
    if not weights.strip():
        return (1.0,) * count
    try:
        given = tuple(float(one) for one in weights.split(","))
    except ValueError:
        given = ()
    if len(given) != count or not all(0 <= one <= 1 for one in given) or not any(given):
        raise QuestionError(
            f"weights must be {count} numbers from 0 to 1 between commas, one of them above 0; got {weights[:40]!r}."
        )
    return given


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
        models: str = "",
        weights: str = "",
        views: str = AUTO,
    ) -> dict:
        """Locate a street photo among a list of labels.

        photo: the picture, as gradio_client.handle_file gives it; it is deleted once it has been read.
        labels: an outline, one label a line, children indented, optionally with "@ latitude, longitude"; empty
        for the model's default list. templates: lines such as "country: A Street View photo in {country}.";
        empty for the default ones. add_cities: open the likeliest countries with their largest cities; if left out,
        as the page begins with this model.
        estimator: "greedy", "beam" or "hedged". beam_width: how many countries are opened. anyway: run
        the practice model on a photograph, marked as meaning nothing. calibrated: divide logits by the temperatures
        that were fitted for the model, if any. models: one or several of those that the page
        offers, between commas, the page's own by itself if empty; one that is not in memory is loaded, and until then
        a sentence says how far that is. weights: a number from 0 to 1 for each of several, between commas; the same
        for all if empty. views: what counts of the photo: "1" the square in the middle, "3" the left, centre and right
        squares, "360" four views out of a panorama; "auto" is 360 where the file says that it is one, else 1. Returns
        the posterior and its manifest; for several models "models" with one of these for each, "comparisons" of each
        two, and "combined".
        """
        if photo is None:
            raise PhotoError("No photo was given. Upload one with the request.")
        opened = services.open_photo(take_upload(services.uploads, photo))
        asked = asked_models(services, models)
        counted = asked_weights(weights, len(asked))
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
        seen = services.looked(opened, checked_way(views))
        if len(asked) == 1:
            return prediction_record(asked[0](seen, question, check_asker), question, opened.digest)
        predictions = [ask(seen, question, check_asker) for ask in asked]
        side = side_by_side(predictions, counted, services.gazetteer)
        return side_by_side_record(side, question, opened.digest)

    gr.api(locate, api_name="locate", concurrency_id=MODEL_QUEUE)

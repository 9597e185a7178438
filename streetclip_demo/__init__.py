"""Zero-shot image geolocalization with StreetCLIP: a street photo in, a posterior over places out."""

__version__ = "0.1.0"


def open(
    model="streetclip",
    *others,
    device="auto",
    precision="auto",
    engine="torch",
    gallery=None,
    image_half=None,
):
    """Load a model, or name two or three, to ask where photos were taken.

    Parameters
    ----------
    model : str or path
        "streetclip", "clip", "geoclip", "practice", a folder with a CLIPModel checkpoint, or a hub id "owner/name".
    *others : str or path
        Models to ask beside it: `open("streetclip", "geoclip")`.
    device, precision, engine : str
        As the command line's options of these names.
    gallery, image_half : str or path, optional
        For GeoCLIP, as the command line's options of these names.

    Returns
    -------
    OpenModel
        Its `locate("photo.jpg", labels="Japan\\nFrance")` gives a Prediction; GeoCLIP's `query("a street in the Alps")`
        too.
    OpenModels
        Where several are named: its `locate("photo.jpg")` gives a SideBySide, with `predictions`, `comparisons` and
        `combined`.

    Raises
    ------
    ModelError
        If the model cannot be had: no other stands in for it.
    """
    from streetclip_demo.locate.opened import (
        open_model,  # brings numpy and geopandas, and torch when it loads
    )

    options = {"device": device, "precision": precision, "engine": engine}
    if others:
        from streetclip_demo.locate.opened_several import open_models

        return open_models((model, *others), **options, gallery=gallery, image_half=image_half)
    return open_model(model, **options, gallery=gallery, image_half=image_half)

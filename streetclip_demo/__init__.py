"""Zero-shot image geolocalization with StreetCLIP: a street photo in, a posterior over places out."""

__version__ = "0.1.0"


def open(
    model="streetclip", *, device="auto", precision="auto", engine="torch", gallery=None, image_half=None
):
    """Load a model, to ask it where photos were taken.

    Parameters
    ----------
    model : str or path
        "streetclip", "clip", "geoclip", "practice", a folder with a CLIPModel checkpoint, or a hub id "owner/name".
    device, precision, engine : str
        As the command line's options of these names.
    gallery, image_half : str or path, optional
        For GeoCLIP, as the command line's options of these names.

    Returns
    -------
    OpenModel
        Its `locate("photo.jpg", labels="Japan\\nFrance")` gives a Prediction; GeoCLIP's `query("a street in the Alps")`
        too.

    Raises
    ------
    ModelError
        If the model cannot be had: no other stands in for it.
    """
    from streetclip_demo.locate.opened import (
        open_model,  # brings numpy and geopandas, and torch when it loads
    )

    options = {"device": device, "precision": precision, "engine": engine}
    return open_model(model, **options, gallery=gallery, image_half=image_half)

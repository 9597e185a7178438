"""Zero-shot image geolocalization with StreetCLIP: a street photo in, a posterior over places out."""

__version__ = "0.1.0"


def open(model="streetclip", *, device="auto", precision="auto", engine="torch"):
    """Load a model, to ask it where photos were taken.

    Parameters
    ----------
    model : str or path
        "streetclip", "clip", "practice", a folder with a CLIPModel checkpoint, or a hub id "owner/name".
    device, precision, engine : str
        As the command line's options of these names.

    Returns
    -------
    OpenModel
        Its `locate("photo.jpg", labels="Japan\\nFrance")` gives a Prediction.

    Raises
    ------
    ModelError
        If the model cannot be had: no other stands in for it.
    """
    from streetclip_demo.locate.opened import (
        open_model,  # brings numpy and geopandas, and torch when it loads
    )

    return open_model(model, device=device, precision=precision, engine=engine)

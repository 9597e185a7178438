"""Zero-shot image geolocalization with StreetCLIP: a street photo in, a posterior over places out."""

__version__ = "0.1.0"

"""Belief that is spread over points of the globe, rather than over a list of labels. Knows no model."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Belief:
    """Points and how probable each is.

    Attributes
    ----------
    points : np.ndarray, shape (n, 2)
        (latitude, longitude) in degrees; no two are the same.
    probabilities : np.ndarray, shape (n,)
        They sum to 1.
    radius_km : float
        The best place is the one with most of the belief within this radius.
    mass : float
        What it has there.
    gallery : str
        Names the points and what they are for the model.
    """

    points: np.ndarray
    probabilities: np.ndarray
    radius_km: float
    mass: float
    gallery: str

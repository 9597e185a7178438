"""Drawn streets of known countries: the world that the practice model has seen."""

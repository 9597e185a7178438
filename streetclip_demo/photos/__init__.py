"""A file as an upright RGB picture, and what is kept of it. Knows no model and no page."""

"""Lessons, their recording and a person's way through one; streets drawn from clues. Knows no page."""

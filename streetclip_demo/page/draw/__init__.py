"""The tab that draws a street from clues."""

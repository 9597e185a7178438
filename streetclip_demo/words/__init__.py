"""Sentences in five languages, and numbers as people read them. Knows no component."""

"""Embeddings to a posterior over a tree of candidates, and its numbers. Knows no model."""

"""What the world is called: gazetteer, spelling, outlines of labels, candidates, templates. Knows no model."""

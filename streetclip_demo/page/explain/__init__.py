"""Why the answer is what it is, on the picture: where the model looked, and what if a part were not there."""

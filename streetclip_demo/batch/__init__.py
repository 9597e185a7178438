"""Many photos: which ones, answered in order, written as they come, and gone on with after a stop. Prints nothing."""

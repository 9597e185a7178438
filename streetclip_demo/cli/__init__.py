"""Arguments, and the files that the command line writes."""

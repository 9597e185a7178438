"""Which checkpoints there are, and their files: from a folder, the hub or its cache. Knows no engine."""

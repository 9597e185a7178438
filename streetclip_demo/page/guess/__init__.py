"""The tab in which people guess first: lessons."""

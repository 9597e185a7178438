"""The tab that locates a photo: labels, answer, tree, sharing, exports."""

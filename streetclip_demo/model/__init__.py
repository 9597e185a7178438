"""A checkpoint that embeds photos and captions, checked and remembered. Knows no place."""

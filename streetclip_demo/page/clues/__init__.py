"""What clues say of a photo or a drawing: below two tabs."""

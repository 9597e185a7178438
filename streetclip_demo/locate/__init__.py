"""A photo and a question in, a prediction out."""

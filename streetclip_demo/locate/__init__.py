"""A photo and a question in, a prediction out; the models that can, by key. Knows no page and no terminal."""

"""The Gradio page. It is given functions and never sees a model; `layout.create_page` builds it."""

"""Between the network and Gradio: routes, limits, headers, log, start and stop. The page knows none of it."""

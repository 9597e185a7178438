"""The tab "Errors": predictions made elsewhere, their figures, and a walk through their errors on the map."""

"""Predictions and lessons as Folium maps. Knows no page."""

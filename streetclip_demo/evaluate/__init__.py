"""How good answers are: datasets with true positions, figures with intervals, a report. Knows no page, no terminal."""

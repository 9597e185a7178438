"""A prediction for other programs and for readers: record, table, places, sentences, one HTML file."""

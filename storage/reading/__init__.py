"""Reading the publication: sections, exports and metrics, while runs replace it."""

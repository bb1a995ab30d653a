"""One machine against a cluster: measured on the same data, and what follows for a billion usage rows a day."""

"""The weekly digest: what is in it, how it is written, to whom it goes, and when."""

"""Files that are there whole or not at all: writing, locking, naming and protecting them."""

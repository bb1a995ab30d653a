"""Taking somebody out of landing files: which records name them, and the files written anew."""

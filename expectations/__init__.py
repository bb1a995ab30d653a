"""What good data is: the raw contract, and the checks derived from it."""

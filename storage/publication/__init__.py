"""The publication: marts that passed every check, written beside, verified, and switched."""

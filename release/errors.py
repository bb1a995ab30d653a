"""What keeps a release from being made."""


class ReleaseError(Exception):
    """Why nothing is released, in one line: what is wrong, where, what to do."""

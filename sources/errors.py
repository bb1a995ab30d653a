"""What a source says when it can't be used."""


class SourceError(Exception):
    """A source can't be used; the message is one line: what is wrong, where, and what to do."""

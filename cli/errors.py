"""What a user did that can't be done."""


class UserError(Exception):
    """One line: what is wrong, where, what to do."""

"""What a user did that can't be done."""


class UserError(Exception):
    """One line: what is wrong, where, what to do."""


class UsageError(UserError):
    """The command can't be meant like this; it ends with exit code 2, and nothing was done."""

"""What can go wrong between Webex and us. No message holds a token, a request's parameters, or an answer's text."""


class WebexError(Exception):
    """A request or a listing failed for good; the message says in a few words why."""


class RefusedError(WebexError):
    """Webex answered that it will not, and asking again is of no use."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class WrongRegionError(WebexError):
    """Another region serves the organisation (451)."""

    def __init__(self, message: str, base: str | None) -> None:
        super().__init__(message)
        self.base = base
        """The right address as Webex named it, where it did."""


class BrokenListingError(WebexError):
    """The pages of a listing can't be followed to its end."""


class AgainError(WebexError):
    """One attempt failed, and another may not."""

    def __init__(self, message: str, after: float | None = None, *, kind: str | None = None) -> None:
        super().__init__(message)
        self.after = after
        """Seconds that Webex asks to wait."""
        self.kind = kind or message
        """What it is counted under."""


class UnauthorizedError(WebexError):
    """The token was refused."""

    def __init__(self, token: str) -> None:
        super().__init__("the token was refused")
        self.token = token

"""Text as systemd's files want it: paths with spaces, quotes and percent signs stay what they are."""

ENDINGS_OF_LINES = (" ", "\t", "\\")
"""A value that is not quoted ends before blanks, and goes on in the next line after a backslash."""


def quoted(text: object) -> str:
    """A word in double quotes, of `ExecStart=:` or of a list of paths, of tmpfiles.d and sysusers.d.

    `%` begins a specifier in all of them. `ExecStart=:` puts no variable in for a `$`.
    """
    return '"' + plain(text).replace("\\", "\\\\").replace('"', '\\"') + '"'


def plain(text: object) -> str:
    """A value that takes the rest of its line as it is, but for specifiers."""
    return str(text).replace("%", "%%")


def setting(text: object) -> str:
    """A value in a file of settings that systemd (`EnvironmentFile=`) and `.env` read alike.

    In double quotes both take a backslash before a backslash or a quote for that letter, and put nothing in for a `$`
    or `%`.
    """
    return '"' + str(text).replace("\\", "\\\\").replace('"', '\\"') + '"'

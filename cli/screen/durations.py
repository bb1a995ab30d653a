"""How long something takes, as people say it."""


def about(seconds: float) -> str:
    """A duration in the unit that fits it, such as `8 s`, `3 min` or `2.5 h`; below a second it is one."""
    if seconds < 90:
        return f"{max(seconds, 1):.0f} s"
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"

"""Where the command starts: imports take a quarter of a second, in which Ctrl-C should be as brief as later."""

import os
import sys

from cli.ending import end_as_it_is, end_at_once, end_interrupted, end_tidily


def main() -> None:
    """Run `portfolio`."""
    end_at_once()
    open_streams()
    name_home()
    import pipelines.starting  # noqa: F401  (before the libraries that it defers)
    from cli.main import main as run

    try:
        end_tidily()
        run()
    except SystemExit:
        end_as_it_is()
        raise
    except KeyboardInterrupt:
        end_interrupted(" before anything was done")


def name_home() -> None:
    """Have libraries find a folder for whoever has none, as a container's nameless user: some ask as they are imported.

    As in a container of Docker's: `/`.
    """
    if os.path.expanduser("~") == "~":  # noqa: PTH111  pathlib takes a while to load, and raises
        os.environ["HOME"] = "/"


def open_streams() -> None:
    """Have a standard stream that is closed lead nowhere: the next file that is opened would have its number."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            handle = os.open(os.devnull, os.O_RDWR)  # has the lowest number that is free
            os.set_inheritable(handle, True)
            setattr(sys, name, os.fdopen(handle, mode, encoding="utf-8"))

"""Where the command starts: imports take a quarter of a second, in which Ctrl-C should be as brief as later."""

import sys


def main() -> None:
    """Run `portfolio`."""
    try:
        import pipelines.starting  # noqa: F401  (before the libraries that it defers)
        from cli.main import main as run

        run()
    except KeyboardInterrupt:
        sys.stderr.write("error: interrupted before anything was done\n")
        sys.exit(130)

"""Where the command starts: imports take a quarter of a second, in which Ctrl-C should be as brief as later."""

from cli.ending import end_as_it_is, end_at_once, end_interrupted, end_tidily


def main() -> None:
    """Run `portfolio`."""
    end_at_once()
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

"""An interrupt as DuckDB hands it on from a query: an error like any other, but for its cause."""


def hidden_interrupt() -> RuntimeError:
    """What DuckDB raises of Ctrl-C while it computes."""
    error = RuntimeError("Query interrupted")
    error.__cause__ = KeyboardInterrupt()
    return error

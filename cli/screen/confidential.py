"""Names of customers and owners on standard error: a log of JSON (see `pipelines.json_logs`) has none."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from cli.errors import UserError
from cli.screen.days import some
from cli.screen.output import clean
from pipelines.base_settings import logs_json
from storage.files.atomic import StorageError


def named(name: str) -> str:
    """A customer's name, or what is made of one, for a message; an ellipsis where the log is JSON."""
    return "…" if logs_json() else clean(name)


def known_names(names: Collection[str], most: int) -> str:
    """The first few of the names that there are, and how many more; only how many there are where the log is JSON."""
    return f"{len(names):,}" if logs_json() else some([clean(name) for name in sorted(names)], most)


@contextmanager
def withholding(name: str) -> Iterator[None]:
    """In the block errors are without this name where the log is JSON: that of a file, made of a customer's id."""
    try:
        yield
    except (UserError, StorageError) as error:
        if not logs_json():
            raise
        raise type(error)(str(error).replace(name, "…")) from None

"""What a command looks after in a home folder before it reads from it."""

from collections.abc import Callable
from pathlib import Path

from assets.resources import Workspace
from storage.published_file import hold_as_published
from storage.warehouse import exclusive


def put_right(workspace: Workspace, note: Callable[[str], None]) -> None:
    """Have readers see what was published, whatever someone wrote into the file since.

    Args:
        note: told, in one line each, what was done, and when another run has to be waited for.

    Raises:
        PublicationError: another process has the published file open for writing.
    """
    with exclusive(Path(workspace.home) / "pipeline.lock", note):
        if found := hold_as_published(workspace.serving).note:
            note(found)

"""What a command looks after before it reads a home folder: files that someone changed, or that were cut off."""

from collections.abc import Callable

from assets.resources import Workspace
from storage.files.atomic import StorageError
from storage.files.damage import is_cut_off, was_duckdb
from storage.files.duckdb_files import remove_beside
from storage.files.locks import exclusive
from storage.home import Serving
from storage.publication.current import describe_current, read_current, write_current
from storage.publication.publication import read_publication
from storage.publication.published_file import hold_as_published
from storage.publication.restoring import restore_warehouse
from storage.warehouse.opening import DamagedWarehouseError, WarehouseBusyError, open_warehouse


def put_right(workspace: Workspace, note: Callable[[str], None]) -> None:
    """Have readers see what was published, and make a damaged warehouse again from that.

    Args:
        note: told, in one line each, what was done, and when another run has to be waited for.

    Raises:
        StorageError: another process has a file open for writing, or the warehouse is none of DuckDB's files.
    """
    with exclusive(workspace.home.pipeline_lock, note):
        held = hold_as_published(workspace.serving)
        if held.note:
            note(held.note)
        if held.as_published:
            _describe(workspace.home.serving, note)
        _open_or_make_again(workspace, note)


def _describe(serving: Serving, note: Callable[[str], None]) -> None:
    """Write the description of the publication again where it is of another one, or can't be read."""
    publication, described = read_publication(serving.path), read_current(serving.path)
    if publication is None or (described is not None and described.publication_id == publication.publication_id):
        return
    kept = serving.kept(publication.publication_id)
    if kept.path.is_dir():
        write_current(serving.path, describe_current(publication, kept.path))
        note(f"{serving.current} was damaged or out of date, and is written again")


def _open_or_make_again(workspace: Workspace, note: Callable[[str], None]) -> None:
    path = workspace.warehouse_path
    if not path.is_file():
        return
    try:
        with open_warehouse(path, read_only=True) as connection:
            if not is_cut_off(connection, path):
                return
        found = "a part of the file is missing"
    except WarehouseBusyError as error:
        raise StorageError(str(error)) from error
    except DamagedWarehouseError as error:
        if not was_duckdb(path):
            raise
        found = error.found
    path.unlink()
    remove_beside(path)
    with workspace.ledger() as ledger:
        restored = restore_warehouse(path, workspace.serving, ledger, workspace.memory_limit)
    how = "is made again from the publication" if restored else "is deleted, and built anew from the lake"
    note(f"{path} was damaged ({found}); it {how}")

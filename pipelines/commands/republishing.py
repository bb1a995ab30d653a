"""A publication that follows no build: days are taken away, or the file is made anew without a byte of what was."""

from collections.abc import Sequence
from datetime import date

import duckdb

from assets.publication import clear_unpublished
from assets.resources import Workspace
from storage.files.atomic import StorageError
from storage.ledger.as_of_days import AsOfDays
from storage.ledger.check_results import CheckResults
from storage.ledger.holds import counted_partitions
from storage.ledger.ledger import Ledger
from storage.ledger.usage_windows import UsageWindows
from storage.publication.described import Publication
from storage.publication.mart_tables import Window
from storage.publication.publication import PublicationRequest, publish
from storage.publication.published_file import PublicationError


def republish(
    workspace: Workspace, ledger: Ledger, replaced: Sequence[date], days: Sequence[date], keep: int
) -> Publication:
    """Publish the last publication again, with the `replaced` days as the warehouse has them: `days`, or not at all.

    Raises:
        StorageError: nothing could be published; the last publication is as it was.
    """
    recorded = AsOfDays(ledger).records()
    built = [day for day, record in recorded.items() if record.outcome == "built"]
    request = PublicationRequest(
        warehouse=workspace.warehouse_path,
        serving=workspace.serving,
        marts=_published_marts(workspace),
        window=Window(replaced, days),
        built_days=built,
        ingestion=counted_partitions(ledger),
        git_revision=workspace.git_revision or None,
        keep=keep,
        memory_limit=workspace.memory_limit,
        freshness_limits=workspace.freshness_limits,
        check_results=list(CheckResults(ledger).rows()),
        usage_windows=UsageWindows(ledger).read(built),
        provisional_days=[day for day, record in recorded.items() if record.provisional],
        anew=True,
    )
    try:
        clear_unpublished(ledger, workspace.serving, replaced)
        return publish(request)
    except PublicationError as error:
        raise StorageError(str(error)) from error


def _published_marts(workspace: Workspace) -> list[str]:
    with duckdb.connect(str(workspace.home.serving.file), read_only=True) as connection:
        rows = connection.execute(
            "select table_name from information_schema.tables where table_schema = 'marts' order by all"
        ).fetchall()
    return [row[0] for row in rows]

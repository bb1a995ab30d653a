"""The publication in PostgreSQL as an asset: after the file's, which stands whatever becomes of this one."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import dagster as dg

from assets.partitions import BACKFILL_POLICY, DAILY
from assets.place import Place
from assets.publication import PUBLICATION_KEY
from assets.raw import OWNERS
from assets.resources import Progress, Workspace
from contracts.descriptions import table_descriptions
from contracts.marts import read_marts
from storage.files.atomic import StorageError
from storage.postgres.apply import Applied, apply
from storage.postgres.connection import connect, server_of
from storage.postgres.shape import open_published
from storage.reading.opening import NothingPublishedError

POSTGRES_KEY = dg.AssetKey(["serving", "postgres"])


@dataclass(frozen=True)
class PostgresDatabase:
    """The database that the publication is applied to."""

    dsn: str = field(repr=False)
    """Holds a password."""


def apply_publication(workspace: Workspace, dsn: str, progress: Progress, *, anew: bool = False) -> Applied:
    """Apply the current publication to a database.

    Raises:
        NothingPublishedError: there is no publication.
        StorageError: nothing was changed in PostgreSQL.
    """
    path = workspace.home.serving.file
    if not path.is_file():
        raise NothingPublishedError(f"nothing is published in {path}")
    with (
        connect(dsn) as connection,
        open_published(path, table_descriptions(read_marts()), workspace.memory_limit) as published,
    ):
        progress.start("postgres", len(published.tables()))
        return apply(
            connection,
            published,
            anew=anew,
            report=lambda table: progress.advance("postgres", table),
            note=progress.note,
        )


def postgres_asset(place: Place | None = None) -> dg.AssetsDefinition:
    """The asset that applies the current publication to its resource `postgres_database`."""
    place = place or Place()

    @dg.asset(
        key=place.key(*POSTGRES_KEY.path),
        deps=[place.key(*PUBLICATION_KEY.path)],
        partitions_def=DAILY,
        group_name="serving",
        owners=OWNERS,
        kinds={"postgres"},
        description=(
            "The publication in PostgreSQL: schemas `marts`, `marts_latest` and `meta`, of which each role sees the"
            " rows of its partners. Applied in one transaction; the as-of days whose rows changed are replaced."
        ),
        backfill_policy=BACKFILL_POLICY,
        pool=place.pool("postgres"),
    )
    def postgres(
        workspace: dg.ResourceParam[Workspace],
        postgres_database: dg.ResourceParam[PostgresDatabase],
        progress: dg.ResourceParam[Progress],
    ) -> Iterator[dg.MaterializeResult]:  # type: ignore[type-arg]
        try:
            applied = apply_publication(workspace, postgres_database.dsn, progress)
        except (NothingPublishedError, StorageError) as error:
            raise dg.Failure(str(error), allow_retries=False) from error
        yield dg.MaterializeResult(
            metadata={
                "publication_id": applied.publication_id,
                "server": server_of(postgres_database.dsn),
                "days_replaced": len(applied.days),
                "rows_copied": applied.rows,
            }
        )

    return postgres

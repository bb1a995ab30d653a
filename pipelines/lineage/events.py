"""A run of Dagster's as OpenLineage events: what it reads and writes, for which days, and how it ended.

A run has up to two parts, jobs of their own under the one that Dagster calls `materialize`: `ingest` reads landing and
writes raw tables, `build` reads these and writes the marts. Names of data sets follow OpenLineage's naming, so that
what other programs tell of the same files and tables meets them. Nothing of a row is in an event, and no setting.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Literal
from uuid import UUID, uuid5

from openlineage.client import event_v2 as events
from openlineage.client import facet_v2 as facets

from contracts.marts import read_marts
from expectations.contract import DATASETS
from expectations.declaration import Dataset
from pipelines.discreet import discreet

PRODUCER = "urn:partner-portfolio"
"""Which program tells of the run, as a URI; events have to name one."""
INGEST, BUILD = "ingest", "build"
Facets = dict[str, facets.DatasetFacet]
State = Literal["START", "COMPLETE", "FAIL", "ABORT"]
_PARTS = {
    INGEST: "Landing partitions into the lake, row by row, checked against the raw contract.",
    BUILD: "Marts of the as-of days out of the raw tables, checked and published.",
}
_ENGINES = {"duckdb": ("DuckDB", "duckdb"), "spark": ("Apache Spark", "pyspark")}
_MARTS_SCHEMA = "marts"


@dataclass(frozen=True)
class Places:
    """Where a home folder's data are, and what builds its marts."""

    landing: Path
    lake: Path
    published: Path
    """The DuckDB file that readers read."""
    engine: str = "duckdb"


@dataclass(frozen=True)
class Ran:
    """A run, as far as its lineage goes."""

    run_id: str
    job: str
    first: date
    last: date
    raw: Sequence[str]
    """The data sets that it ingests."""
    builds: bool
    """Whether it builds marts."""

    @property
    def parts(self) -> list[str]:
        """Its parts, in the order in which they run."""
        return [*([INGEST] if self.raw else []), *([BUILD] if self.builds else [])]


def events_of(
    ran: Ran, states: Mapping[str, State], at: datetime, namespace: str, places: Places, cause: str = ""
) -> list[events.RunEvent]:
    """What is told of a run at a moment: an event of the run itself, and one of each part that has a state.

    Args:
        states: the state of each part; the run has failed or was stopped where one of them has.
        at: when it was so; with a zone.
        cause: why it failed, in one line; of what is quoted in it nothing is told.
    """
    told = [state for part in ran.parts if (state := states.get(part))]
    if not told:
        return []
    whole = next((state for state in ("FAIL", "ABORT") if state in told), told[-1])
    run = {"nominalTime": _nominal_time(ran)}
    failure = {"errorMessage": facets.error_message_run.ErrorMessageRunFacet(discreet(cause), "python")}
    parent = facets.parent_run.ParentRunFacet(
        facets.parent_run.Run(ran.run_id), facets.parent_run.Job(namespace, ran.job)
    )
    job = events.Job(namespace, ran.job, {"jobType": _job_type("DAG")})
    found = [_event(whole, at, events.Run(ran.run_id, run | (failure if whole == "FAIL" and cause else {})), job)]
    for part in ran.parts:
        if (state := states.get(part)) is None:
            continue
        about = run | {"parent": parent, "processing_engine": _engine(places if part == BUILD else None)}
        about |= failure if state == "FAIL" and cause else {}
        job = events.Job(
            namespace,
            f"{ran.job}.{part}",
            {
                "jobType": _job_type("TASK"),
                "documentation": facets.documentation_job.DocumentationJobFacet(_PARTS[part]),
            },
        )
        inputs, outputs = _data_sets(ran, part, places, whole=state == "COMPLETE")
        found.append(_event(state, at, events.Run(_part_id(ran.run_id, part), about), job, inputs, outputs))
    return found


def _event(
    state: State,
    at: datetime,
    run: events.Run,
    job: events.Job,
    inputs: Sequence[events.InputDataset] = (),
    outputs: Sequence[events.OutputDataset] = (),
) -> events.RunEvent:
    return events.RunEvent(
        eventTime=at.astimezone(UTC).isoformat(timespec="milliseconds"),
        producer=PRODUCER,
        eventType=events.RunState[state],
        run=run,
        job=job,
        inputs=list(inputs),
        outputs=list(outputs),
    )


def _part_id(run_id: str, part: str) -> str:
    """The id of a part's run, the same in each of its events."""
    return str(uuid5(UUID(run_id), part))


def _nominal_time(ran: Ran) -> facets.RunFacet:
    """The as-of days: from the first one's midnight to the one after the last, UTC."""
    first, end = (datetime.combine(day, time(), UTC).isoformat() for day in (ran.first, ran.last + timedelta(days=1)))
    return facets.nominal_time_run.NominalTimeRunFacet(first, end)


def _job_type(kind: str) -> facets.JobFacet:
    return facets.job_type_job.JobTypeJobFacet("BATCH", "DAGSTER", kind)


def _engine(places: Places | None) -> facets.RunFacet:
    """What does the work: raw tables are written by DuckDB, whatever builds the marts."""
    name, package = _ENGINES[places.engine if places is not None else "duckdb"]
    return facets.processing_engine_run.ProcessingEngineRunFacet(version(package), name)


def _data_sets(
    ran: Ran, part: str, places: Places, *, whole: bool
) -> tuple[list[events.InputDataset], list[events.OutputDataset]]:
    """What a part reads and writes; with columns and where they are from, where it is `whole`."""
    if part == BUILD:
        return [_read(_raw(one, places)) for one in DATASETS.values()], list(_marts(places, whole=whole))
    datasets = [DATASETS[name] for name in ran.raw]
    read = [_read(_landing(one, places), _columns(one) if whole else {}) for one in datasets]
    return read, [_written(_raw(one, places), _raw_facets(one, places) if whole else {}) for one in datasets]


def _read(name: tuple[str, str], about: Facets | None = None) -> events.InputDataset:
    return events.InputDataset(namespace=name[0], name=name[1], facets=about or {})


def _written(name: tuple[str, str], about: Facets) -> events.OutputDataset:
    return events.OutputDataset(namespace=name[0], name=name[1], facets=about)


def _landing(dataset: Dataset, places: Places) -> tuple[str, str]:
    return "file", str(places.landing / dataset.name)


def _raw(dataset: Dataset, places: Places) -> tuple[str, str]:
    return "file", str(places.lake / dataset.name)


def _columns(dataset: Dataset) -> Facets:
    return {"schema": _schema((column.name, column.type.value, column.meaning) for column in dataset.columns)}


def _raw_facets(dataset: Dataset, places: Places) -> Facets:
    """A raw table's columns: each is landing's own, and a person's is a keyed hash of it."""
    lineage = facets.column_lineage_dataset
    namespace, name = _landing(dataset, places)
    fields = {
        column.name: lineage.Fields(
            [
                lineage.InputField(
                    namespace,
                    name,
                    column.name,
                    [
                        lineage.Transformation(
                            "DIRECT",
                            "TRANSFORMATION" if column.personal else "IDENTITY",
                            "keyed hash" if column.personal else "",
                            column.personal,
                        )
                    ],
                )
            ]
        )
        for column in dataset.columns
    }
    columns = ((column.name, column.lake_type, column.meaning) for column in dataset.columns)
    return {"schema": _schema(columns), "columnLineage": lineage.ColumnLineageDatasetFacet(fields)}


def _marts(places: Places, *, whole: bool) -> Iterator[events.OutputDataset]:
    namespace, database = f"duckdb://{places.published}", places.published.stem
    for mart in sorted(read_marts(), key=lambda mart: mart.name):
        columns = ((column.name, column.type, column.description) for column in mart.columns)
        yield _written(
            (namespace, f"{database}.{_MARTS_SCHEMA}.{mart.name}"), {"schema": _schema(columns)} if whole else {}
        )


def _schema(columns: Iterator[tuple[str, str, str]]) -> facets.DatasetFacet:
    schema = facets.schema_dataset
    return schema.SchemaDatasetFacet([schema.SchemaDatasetFacetFields(*column) for column in columns])

"""The layout of the home folder: every file and folder in it has its name here, in catalogue.py or in instance.py.

Nothing is read or made. What a class keeps inside a folder of its own (the lake's partitions) is that class's affair.
"""

from dataclasses import dataclass
from pathlib import Path

from storage.catalogue import Catalogue
from storage.instance import InstanceFolder


@dataclass(frozen=True)
class PublicationFolder:
    """A folder that holds one publication's files: the serving folder, and each of the kept ones."""

    path: Path

    @property
    def file(self) -> Path:
        """The DuckDB file with the marts."""
        return self.path / "portfolio.duckdb"

    @property
    def parquet(self) -> Path:
        """The same marts as Parquet: a folder, or in the serving folder a link that leads to one."""
        return self.path / "parquet"


@dataclass(frozen=True)
class Serving(PublicationFolder):
    """The folder that readers read."""

    @property
    def current(self) -> Path:
        """The description of the current publication."""
        return self.path / "portfolio.current.json"

    @property
    def publications(self) -> Path:
        """The folder of the kept publications, one folder each."""
        return self.path / "publications"

    def kept(self, publication_id: str) -> PublicationFolder:
        """A kept publication's folder."""
        return PublicationFolder(self.publications / publication_id)


@dataclass(frozen=True)
class DbtFolder:
    """A folder that dbt writes its artefacts and its log to; the names are dbt's."""

    path: Path

    @property
    def manifest(self) -> Path:
        """The project as dbt parsed it."""
        return self.path / "manifest.json"

    @property
    def semantic_manifest(self) -> Path:
        """The semantic layer's part of it."""
        return self.path / "semantic_manifest.json"

    @property
    def partial_parse(self) -> Path:
        """What spares dbt to parse again what did not change."""
        return self.path / "partial_parse.msgpack"

    @property
    def pickled(self) -> Path:
        """The project as dbt has it in memory."""
        return self.path / "manifest.pickle"

    @property
    def templates(self) -> Path:
        """The templates of a build as Jinja compiled them."""
        return self.path / "templates.marshal"

    @property
    def stamp(self) -> Path:
        """A digest of what was parsed."""
        return self.path / "parsed.txt"

    @property
    def results(self) -> Path:
        """How each node of a build ended, and its SQL."""
        return self.path / "run_results.json"

    @property
    def page(self) -> Path:
        """dbt's documentation as one page."""
        return self.path / "static_index.html"

    @property
    def log(self) -> Path:
        """dbt's log; older ones lie beside it, with a number behind the name."""
        return self.path / "dbt.log"

    def logs(self) -> list[Path]:
        """The log and the older ones, as far as they are there."""
        return sorted(self.path.glob(f"{self.log.name}*"))


@dataclass(frozen=True)
class Home:
    """A home folder, by the names of what is in it."""

    path: Path

    @property
    def landing(self) -> Path:
        """The landing folder, where no other is named."""
        return self.path / "landing"

    @property
    def settings_file(self) -> Path:
        """Settings and secrets, where commands run in the folder, or several homes share a web server."""
        return self.path / ".env"

    @property
    def lake(self) -> Path:
        """The lake's folder."""
        return self.path / "lake"

    @property
    def ledger(self) -> Path:
        """The ledger, a SQLite file."""
        return self.path / "ledger.sqlite"

    @property
    def warehouse(self) -> Path:
        """The DuckDB file that dbt builds in, or that has a copy of what it built elsewhere."""
        return self.path / "warehouse.duckdb"

    @property
    def spark(self) -> Path:
        """Where a driver of Spark's has its log, and its catalog where none is named."""
        return self.path / "spark"

    @property
    def serving(self) -> Serving:
        """The folder that readers read."""
        return Serving(self.path / "serving")

    @property
    def mapping(self) -> Path:
        """What the mapping of exports remembers, two JSON files."""
        return self.path / "mapping"

    @property
    def alerts(self) -> Path:
        """What was alerted of, a SQLite file."""
        return self.path / "alerts.sqlite"

    @property
    def told_facts(self) -> Path:
        """What alert rules told of, a SQLite file."""
        return self.path / "told.sqlite"

    @property
    def telling_lock(self) -> Path:
        """The lock of whoever tells what alert rules are about."""
        return self.path / "telling.lock"

    @property
    def digests(self) -> Path:
        """Which digests were sent, a SQLite file."""
        return self.path / "digests.sqlite"

    @property
    def digest_lock(self) -> Path:
        """The lock of whoever sends digests."""
        return self.path / "digest.lock"

    @property
    def hash_key(self) -> Path:
        """The key of the licence holders' hash, where the settings name none."""
        return self.path / "hash.key"

    @property
    def pipeline_lock(self) -> Path:
        """The lock of whoever writes lake, warehouse or publication."""
        return self.path / "pipeline.lock"

    @property
    def command_lock(self) -> Path:
        """The lock of the one command that runs the job."""
        return self.path / "command.lock"

    @property
    def restoring(self) -> Path:
        """Where files of a backup are verified before they are put in place; there while that is not finished."""
        return self.path / ".restoring"

    @property
    def webex(self) -> Path:
        """The folder in which the source `webex` keeps how far it got."""
        return self.path / "webex"

    @property
    def spill(self) -> Path:
        """Where DuckDB puts what does not fit in memory while dbt builds."""
        return self.path / "tmp"

    @property
    def dbt(self) -> DbtFolder:
        """The dbt project as it was parsed."""
        return DbtFolder(self.path / "dbt")

    @property
    def parse_lock(self) -> Path:
        """The lock of whoever has dbt parse the project."""
        return self.dbt.path / "parse.lock"

    @property
    def parse_stamp(self) -> Path:
        """A digest of what was parsed."""
        return self.dbt.stamp

    @property
    def dbt_spark(self) -> DbtFolder:
        """The same for Spark, whose relations have other names."""
        return DbtFolder(self.dbt.path / "spark")

    @property
    def dbt_runs(self) -> Path:
        """The folders of the last builds, one a run."""
        return self.dbt.path / "runs"

    @property
    def dbt_docs(self) -> DbtFolder:
        """Where dbt writes its documentation."""
        return DbtFolder(self.dbt.path / "docs")

    @property
    def dagster(self) -> Path:
        """Dagster's instance, where neither settings nor environment name another."""
        return self.path / "dagster"

    @property
    def dagster_yaml(self) -> Path:
        """The instance's configuration."""
        return InstanceFolder(self.dagster).config

    @property
    def server_logs(self) -> Path:
        """The logs of the web server and the daemon."""
        return InstanceFolder(self.dagster).logs

    @property
    def docs(self) -> Path:
        """Pages about the data, for people and catalogues."""
        return self.path / "docs"

    @property
    def raw_contract(self) -> Path:
        """The raw contract in the Open Data Contract Standard."""
        return self.docs / "raw.odcs.yaml"

    @property
    def mart_contract(self) -> Path:
        """The mart contract in the same standard."""
        return self.docs / "marts.odcs.yaml"

    @property
    def catalogue(self) -> Catalogue:
        """Both contracts, the data product and the metrics, for catalogues."""
        return Catalogue(self.docs / "catalogue")

    @property
    def dbt_page(self) -> Path:
        """dbt's documentation, a page that needs no server."""
        return self.docs / "dbt.html"

    @property
    def data_docs(self) -> Path:
        """What Great Expectations found, as pages."""
        return self.path / "data_docs"

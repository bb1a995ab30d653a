"""What data there is, for people and catalogues: both contracts, the data product, the metrics, and dbt's pages."""

import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

from assets.dbt.environment import child_environment
from assets.dbt.window import planned_window
from contracts.marts import read_marts
from contracts.odcs import Document, as_yaml, mart_contract, raw_contract
from contracts.odcs_next import as_3_2
from contracts.odps import data_product
from contracts.osi import as_json, semantic_model
from pipelines.definitions import workspace_of
from pipelines.manifest import PARSE_WHOLE, ManifestError, dbt_executable, dbt_folders
from pipelines.settings import Settings
from planning.days import EARLIEST_AS_OF_DATE
from storage.files.atomic import replacing, storage_errors
from storage.files.locks import exclusive
from storage.ledger.as_of_days import AsOfDays


def write_contracts(settings: Settings) -> list[Path]:
    """Write the raw and the mart contract to `<home>/docs` (ODCS 3.1); the files.

    Raises:
        StorageError: the home folder can't be written.
    """
    home, (raw, marts) = settings.folders, _contracts(settings)
    return _write(home.docs, {home.raw_contract: as_yaml(raw), home.mart_contract: as_yaml(marts)})


def write_catalogue(settings: Settings) -> list[Path]:
    """Write contracts (ODCS 3.2), data product (ODPS) and metrics (OSI) to `<home>/docs/catalogue`; the files.

    The metrics are those of the project as dbt's documentation has it, which is to be written before.

    Raises:
        StorageError: the home folder can't be written.
    """
    home, (raw, marts) = settings.folders, _contracts(settings)
    catalogue, parsed = home.catalogue, home.dbt_docs.semantic_manifest.read_text(encoding="utf-8")
    return _write(
        catalogue.path,
        {
            catalogue.raw_contract: as_yaml(as_3_2(raw)),
            catalogue.mart_contract: as_yaml(as_3_2(marts)),
            catalogue.data_product: as_yaml(data_product(catalogue.metrics.name)),
            catalogue.metrics: as_json(semantic_model(parsed, home.serving.file.stem, read_marts())),
        },
    )


def _contracts(settings: Settings) -> tuple[Document, Document]:
    home = settings.folders
    return (
        raw_contract(str(settings.landing_folder), settings.max_feed_age_days),
        mart_contract(str(home.serving.file), settings.max_publication_age_days, read_marts()),
    )


def _write(folder: Path, texts: Mapping[Path, str]) -> list[Path]:
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        for path, text in texts.items():
            with replacing(path) as beside:
                beside.write_text(text, encoding="utf-8")
    return list(texts)


def write_dbt_page(settings: Settings, on_wait: Callable[[str], None]) -> Path:
    """Write dbt's documentation to `<home>/docs/dbt.html`, one page that needs no server; the file.

    Column types and sizes are in it once a warehouse is built; dbt opens it for that, so that a run is waited for.

    Raises:
        ManifestError: dbt can't make it.
        StorageError: the home folder can't be written.
    """
    workspace = workspace_of(settings).on_duckdb()
    target = workspace.home.dbt_docs
    page = workspace.home.dbt_page
    with storage_errors(page.parent), exclusive(settings.folders.pipeline_lock, on_wait):
        page.parent.mkdir(parents=True, exist_ok=True)
        with workspace.ledger() as ledger:
            newest = max(AsOfDays(ledger).records(), default=EARLIEST_AS_OF_DATE)
        environment = {
            **workspace.dbt_environment(),
            **planned_window(workspace, newest, newest),
            **dbt_folders(target),
        }
        arguments = ["docs", "generate", "--static"]
        if not workspace.warehouse_path.exists():
            # dbt would make an empty warehouse, which passes for one that lost its days.
            environment["PORTFOLIO_WAREHOUSE"] = ":memory:"
            arguments.append("--empty-catalog")
        done = subprocess.run(  # noqa: S603
            [str(dbt_executable()), *PARSE_WHOLE, *arguments],
            env=child_environment(environment),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            lines = [line.strip() for line in (done.stdout + done.stderr).splitlines() if line.strip()]
            raise ManifestError(f"dbt can't document the models: {lines[-1] if lines else '?'} ({target.log})")
        with replacing(page) as beside:
            shutil.copyfile(target.page, beside)
    return page

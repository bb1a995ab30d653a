"""What data there is, for people and catalogues: both contracts in the Open Data Contract Standard, and dbt's pages."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from assets.dbt.environment import child_environment
from assets.dbt.window import planned_window
from contracts.marts import read_marts
from contracts.odcs import as_yaml, mart_contract, raw_contract
from pipelines.definitions import workspace_of
from pipelines.manifest import PARSE_WHOLE, ManifestError, dbt_executable, dbt_folders
from pipelines.settings import Settings
from planning.days import EARLIEST_AS_OF_DATE
from storage.files.atomic import replacing, storage_errors
from storage.files.locks import exclusive
from storage.ledger.as_of_days import AsOfDays


def write_contracts(settings: Settings) -> list[Path]:
    """Write the raw and the mart contract to `<home>/docs`; the files.

    Raises:
        StorageError: the home folder can't be written.
    """
    home = settings.folders
    contracts = {
        home.raw_contract: raw_contract(str(settings.landing_folder), settings.max_feed_age_days),
        home.mart_contract: mart_contract(str(home.serving.file), settings.max_publication_age_days, read_marts()),
    }
    with storage_errors(home.docs):
        home.docs.mkdir(parents=True, exist_ok=True)
        for path, document in contracts.items():
            with replacing(path) as beside:
                beside.write_text(as_yaml(document), encoding="utf-8")
    return list(contracts)


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

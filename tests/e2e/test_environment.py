"""Whatever the user's environment holds for dbt, Dagster, Great Expectations, git or Python: the marts are the same."""

import os
import subprocess
from pathlib import Path

import duckdb
import pytest

from .commands import every_mart, portfolio, published
from .running import PORTFOLIO, TIMEOUT_SECONDS

DAYS = ("--from", "2026-04-09", "--to", "2026-04-10")
HOSTILE = {
    "DBT_EMPTY": "true",
    "DBT_SAMPLE": "1 day",
    "DBT_RESOURCE_TYPES": "model",
    "DBT_EXCLUDE_RESOURCE_TYPES": "test",
    "DBT_INDIRECT_SELECTION": "empty",
    "DBT_TARGET": "prod",
    "DBT_PROFILE": "other",
    "DBT_PROJECT_DIR": "nowhere",
    "DBT_PROFILES_DIR": "nowhere",
    "DBT_TARGET_PATH": "elsewhere",
    "DBT_LOG_PATH": "elsewhere",
    "DBT_DEFER": "true",
    "DBT_STATE": "nowhere",
    "DBT_FULL_REFRESH": "true",
    "DBT_FAIL_FAST": "true",
    "DBT_STORE_FAILURES": "true",
    "DBT_WARN_ERROR": "true",
    "DBT_QUIET": "false",
    "DBT_DEBUG": "true",
    "DBT_EVENT_TIME_START": "2026-04-01",
    "DBT_EVENT_TIME_END": "2026-04-02",
    "PORTFOLIO_WINDOW_START": "2026-04-01",
    "PORTFOLIO_WINDOW_END": "2026-04-01",
    "PORTFOLIO_BLOCKED_DAYS": "2026-04-09",
    "PORTFOLIO_STORED_DAYS": "2026-04-02",
    "PORTFOLIO_WAREHOUSE": "elsewhere.duckdb",
    "DAGSTER_DISABLE_TELEMETRY": "no",
    "DAGSTER_DEFAULT_IO_MANAGER_MODULE": "nowhere",
    "DAGSTER_REDACT_USER_CODE_ERRORS": "1",
    "GX_CLOUD_BASE_URL": "http://127.0.0.1:9",
    "GX_CLOUD_ACCESS_TOKEN": "token",
    "GX_CLOUD_ORGANIZATION_ID": "organisation",
    "GX_ANALYTICS_ENABLED": "true",
    "GX_HOME": "nowhere",
    "GIT_DIR": "nowhere",
    "PYTHONOPTIMIZE": "1",
    "PYTHONHASHSEED": "7",
    "PYTHONUTF8": "0",
    "PYTHONIOENCODING": "ascii",
    "LC_ALL": "C",
    "LANG": "tr_TR",
    "TZ": "Pacific/Kiritimati",
}


@pytest.fixture(scope="module")
def folders(tmp_path_factory) -> tuple[Path, Path, Path]:
    """A landing folder, a home built in a plain environment, and an empty folder beside."""
    folder = tmp_path_factory.mktemp("environment")
    landing, home = folder / "landing", folder / "home"
    portfolio("simulate", landing, "--from", "2026-03-28", "--to", "2026-04-10", "--customers", "8")
    portfolio("materialize", "--landing", landing, "--home", home, *DAYS)
    (folder / "elsewhere").mkdir()
    return landing, home, folder / "elsewhere"


def test_the_marts_and_the_checks_are_those_of_a_plain_environment(folders):
    landing, plain, folder = folders
    home = folder / "home"
    done = subprocess.run(
        [PORTFOLIO, "materialize", "--landing", landing, "--home", home, *DAYS],
        cwd=folder,
        env={name: value for name, value in os.environ.items() if not name.startswith("PORTFOLIO_")} | HOSTILE,
        preexec_fn=lambda: os.umask(0o077),
        capture_output=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert every_mart(home) == every_mart(plain)
    results = "select asset, check_name, first_date, status, failures from meta.check_results order by all"
    assert published(home, results) == published(plain, results)
    revision = "select git_revision, contract_version, raw_contract_version from meta.publication"
    assert published(home, revision) == published(plain, revision)
    assert [path.name for path in folder.iterdir()] == ["home"]


def test_each_test_of_the_manifest_has_a_result_of_the_run_that_built_the_days(folders):
    _, home, _ = folders
    found = published(home, "select check_name, run_id from meta.check_results where asset like 'marts/%'")
    assert len({run for _, run in found}) == 1
    with duckdb.connect() as connection:
        wanted = connection.execute(
            "select node.name from (select unnest(map_values(nodes)) as node from read_json($1, columns ="
            " {nodes: 'map(varchar, struct(name varchar, resource_type varchar))'}, maximum_object_size = 100000000))"
            " where node.resource_type = 'test'",
            [str(home / "dbt" / "manifest.json")],
        ).fetchall()
    names = {name for name, _ in published(home, "select check_name, run_id from meta.check_results")}
    assert {name for (name,) in wanted} <= names


def test_the_dbt_command_is_free_of_them_too(folders, monkeypatch):
    _, home, _ = folders
    for name, value in HOSTILE.items():
        if name.startswith("DBT_"):
            monkeypatch.setenv(name, value)
    said = portfolio("dbt", "--home", home, "ls", "--resource-type", "test", "--output", "name").stdout
    assert "license_positions_weekly_changes" in said

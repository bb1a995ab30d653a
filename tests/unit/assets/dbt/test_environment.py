"""dbt and git run in an environment that only the pipeline decides."""

import os
import sys

import pytest

from assets.dbt.environment import child_environment, environment_of

SECRETS = ("PORTFOLIO_HASH_KEY", "PORTFOLIO_POSTGRES_DSN", "PORTFOLIO_DAGSTER_DSN", "PORTFOLIO_ALERT_WEBHOOK")
FOREIGN = ("DBT_EMPTY", "DBT_TARGET", "DBT_ENGINE_USE_V2_PARSER", "DBT_ENV_SECRET_X", "GIT_DIR", "PORTFOLIO_WAREHOUSE")
OTHER_CASES = ("portfolio_hash_key", "Portfolio_Postgres_Dsn", "PORTFOLIO_alert_webhook", "dbt_empty", "Git_Dir")


@pytest.fixture
def inherited(monkeypatch):
    for name in (*SECRETS, *FOREIGN, *OTHER_CASES):
        monkeypatch.setenv(name, "of the user")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy")


@pytest.mark.usefixtures("inherited")
def test_a_child_gets_what_it_is_given_and_nothing_else_of_ours():
    child = child_environment({"PORTFOLIO_WAREHOUSE": "w", "DBT_PROJECT_DIR": "p"})
    ours = {name: value for name, value in child.items() if name.upper().startswith(("DBT_", "PORTFOLIO_", "GIT_"))}
    assert ours == {"PORTFOLIO_WAREHOUSE": "w", "DBT_PROJECT_DIR": "p"}
    assert child["HTTPS_PROXY"] == "http://proxy"
    assert child["PATH"] == os.environ["PATH"]


@pytest.mark.usefixtures("inherited")
def test_a_block_runs_in_it_and_everything_is_as_before_afterwards():
    before = dict(os.environ)
    with pytest.raises(ZeroDivisionError), environment_of({"PORTFOLIO_WAREHOUSE": "w", "NEW_ONE": "1"}):
        assert dict(os.environ) == child_environment({"PORTFOLIO_WAREHOUSE": "w", "NEW_ONE": "1"})
        os.environ["DBT_MADE_INSIDE"] = "1"
        sys.exit(0 / 0)
    assert dict(os.environ) == before

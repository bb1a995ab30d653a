"""A hash key of the user's own, in a `.env` file or in the environment, is the one key of every command."""

import os
from pathlib import Path

import duckdb
import pytest

from .running import portfolio
from .traces import files_with, rows_of

KEY = "a key that only its owner knows"
DAYS = ("--from", "2026-04-08", "--to", "2026-04-10")


def environment(**variables: str) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("PORTFOLIO_")} | variables


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> tuple[Path, tuple[str, ...]]:
    """A folder with a `.env` file, a landing folder and a home of three days, and the options that name them."""
    folder = tmp_path_factory.mktemp("keyed")
    (folder / ".env").write_text(f'PORTFOLIO_HASH_KEY="{KEY}"\n')
    said = portfolio(
        *("simulate", "landing", "--from", "2026-04-01", "--to", "2026-04-10", "--customers", "6"), folder=folder
    )
    assert said.returncode == 0, said.stderr
    where = ("--landing", "landing", "--home", "home")
    built = portfolio("materialize", *where, *DAYS, folder=folder, environment=environment())
    assert built.returncode == 0, built.stdout + built.stderr
    return folder, where


def test_it_is_stored_nowhere_and_the_homes_own_key_is_not_made(built):
    folder, _ = built
    assert not (folder / "home" / "hash.key").exists()
    assert files_with(folder / "home", KEY) == []


def test_nothing_is_read_again_and_erasure_finds_the_user(built):
    folder, where = built
    keyed = environment(PORTFOLIO_HASH_KEY=KEY)
    again = portfolio("materialize", *where, "--stale", folder=folder, environment=keyed)
    assert "up to date" in again.stdout.splitlines(), again.stdout + again.stderr

    _, row = next(rows_of(folder / "landing", "license_usage"))
    user = row["user_id"]
    lake = f"read_parquet('{folder}/home/lake/license_usage/*/*.parquet')"
    before = dict(duckdb.execute(f"select user_id, count(*) from {lake} group by user_id").fetchall())
    forgotten = portfolio("forget", *where, "--user", user, "--rewrite-landing", folder=folder, environment=keyed)
    assert forgotten.returncode == 0, forgotten.stdout + forgotten.stderr
    after = dict(duckdb.execute(f"select user_id, count(*) from {lake} group by user_id").fetchall())
    (gone,), (new,) = before.keys() - after.keys(), after.keys() - before.keys()
    assert before[gone] == after[new] > 0
    assert files_with(folder / "landing", user) == []
    # The key comes from `.env` again: landing reads as the lake has it.
    again = portfolio("materialize", *where, "--stale", folder=folder, environment=environment())
    assert "up to date" in again.stdout.splitlines(), again.stdout + again.stderr

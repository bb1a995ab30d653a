"""The installed wheel builds on Spark, in each Python that this machine has."""

import subprocess
from pathlib import Path

import duckdb
import pytest

from .conftest import BUILT, DAYS
from .environments import SPARK, run, with_uv


@pytest.fixture(scope="module")
def java() -> None:
    try:
        subprocess.run(["java", "-version"], capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("Java is missing: apt install openjdk-17-jre-headless")


def test_the_extra_spark_builds_what_duckdb_builds(java: None, python: Path, wheel: Path, tmp_path: Path) -> None:
    program = with_uv(python, wheel, ["spark"], SPARK, tmp_path) / "portfolio"
    run([program, "simulate", "landing", *DAYS, "--customers", "8", "--seed", "1"], tmp_path)
    days = ["--landing", "landing", *BUILT]
    run([program, "materialize", "--home", "duckdb", *days], tmp_path)
    settings = {"PORTFOLIO_SPARK_MASTER": "local[2]", "PORTFOLIO_SPARK_SCHEMA": "wheel"}
    run([program, "materialize", "--home", "spark", "--engine", "spark", *days], tmp_path, **settings)
    positions = []
    for home in ("duckdb", "spark"):
        with duckdb.connect(str(tmp_path / home / "serving" / "portfolio.duckdb"), read_only=True) as connection:
            positions.append(connection.execute("from marts.license_positions order by all").fetchall())
    assert positions[0] == positions[1]
    assert positions[0]

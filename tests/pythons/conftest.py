"""The wheel, once; and for each Python an environment with it, what it needs, and a folder that was empty."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ..e2e.installing import build, littered_copy
from ..postgres.servers import new_database, started_server
from .environments import EXTRAS, RUNTIME, run, with_uv
from .interpreters import MINORS, interpreter

DAYS = ("--from", "2026-03-01", "--to", "2026-03-12")
BUILT = ("--from", "2026-03-11", "--to", "2026-03-12")


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    source = littered_copy(tmp_path_factory.mktemp("source") / "checkout")
    return build(source, "wheel", tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session", params=MINORS)
def python(request: pytest.FixtureRequest) -> Path:
    """Each Python that the wheel is for, where this machine has it."""
    found = interpreter(request.param)
    if found is None:
        pytest.skip(f"no Python {request.param} on this machine: neither on the path, nor of pyenv or uv")
    return found


@pytest.fixture(scope="session")
def programs(python: Path, wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of an environment with every extra but Spark's."""
    return with_uv(python, wheel, EXTRAS, RUNTIME, tmp_path_factory.mktemp("python"))


@pytest.fixture(scope="session")
def folder(programs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that was empty, in which the program simulated twelve days and built the last two."""
    folder = tmp_path_factory.mktemp("empty")
    simulated = [*DAYS, "--customers", "8", "--seed", "1"]
    run([programs / "portfolio", "simulate", "landing", *simulated], folder)
    run([programs / "portfolio", "materialize", "--landing", "landing", "--home", "home", *BUILT], folder)
    return folder


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The DSN of a database's owner."""
    with started_server() as server, new_database(server, "pythons", "portfolio_owner") as dsn:
        yield dsn

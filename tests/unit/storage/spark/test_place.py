"""What Spark needs, and the line for each thing that is missing."""

import socket
from pathlib import Path

import pytest

from storage.spark import place as module
from storage.spark.errors import SparkError
from storage.spark.place import SparkPlace


@pytest.fixture
def installed(monkeypatch):
    """All packages are there."""
    monkeypatch.setattr(module, "find_spec", lambda name: object())


def java(folder: Path, version: str) -> Path:
    """A JAVA_HOME whose Java is of a version."""
    program = folder / "bin" / "java"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\"' >&2\n")
    program.chmod(0o755)
    return folder


def refusal(place: SparkPlace) -> str:
    with pytest.raises(SparkError) as raised:
        place.check()
    message = str(raised.value)
    assert "\n" not in message
    return message


@pytest.mark.parametrize("missing", ["pyspark", "dbt.adapters.spark", "grpc"])
def test_a_package_that_is_missing_is_named_with_how_to_get_it(missing, monkeypatch):
    monkeypatch.setattr(module, "find_spec", lambda name: None if name == missing else object())
    message = refusal(SparkPlace("s", remote="sc://127.0.0.1:1"))
    assert message.startswith(f"PORTFOLIO_ENGINE=spark needs the Python package {missing.partition('.')[0]}: ")
    assert "install partner-portfolio[spark] from its wheel" in message


def test_a_driver_needs_java_17(installed, monkeypatch, tmp_path):
    place = SparkPlace("s", master="local[2]")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "none"))
    assert "there is none in JAVA_HOME" in refusal(place)
    assert "apt install openjdk-17-jre-headless" in refusal(place)
    monkeypatch.setenv("JAVA_HOME", str(java(tmp_path / "old", "1.8.0_402")))
    assert "is 8: install Java 17" in refusal(place)
    monkeypatch.setenv("JAVA_HOME", str(java(tmp_path / "new", "21.0.2")))
    place.check()
    monkeypatch.delenv("JAVA_HOME")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert refusal(place).startswith("Spark's driver needs Java, and there is none: ")


def test_a_connect_server_needs_no_java_here_and_has_to_answer(installed, monkeypatch, tmp_path):
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "none"))
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        port = server.getsockname()[1]
        place = SparkPlace("s", remote=f"sc://127.0.0.1:{port}/;token=secret")
        message = refusal(place)
        assert message.startswith(f"no Connect server of Spark's answers at 127.0.0.1:{port}: ")
        assert "secret" not in message
        server.listen()
        place.check()


def test_one_of_several_masters_has_to_answer(installed, monkeypatch, tmp_path):
    monkeypatch.setenv("JAVA_HOME", str(java(tmp_path / "java", "17.0.1")))
    with socket.socket() as silent, socket.socket() as server:
        for one in (silent, server):
            one.bind(("127.0.0.1", 0))
        ports = [one.getsockname()[1] for one in (silent, server)]
        place = SparkPlace("s", master=f"spark://127.0.0.1:{ports[0]},127.0.0.1:{ports[1]}")
        assert "correct PORTFOLIO_SPARK_MASTER" in refusal(place)
        server.listen()
        place.check()

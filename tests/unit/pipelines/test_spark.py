"""Where Spark is: settings, Spark's own variable, and one line for each that can't be meant."""

import os

import pytest

from pipelines.base_settings import SettingsError
from pipelines.rules import rules_in_force
from pipelines.settings import load_settings
from pipelines.spark import spark_place
from storage.spark.place import SparkPlace


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch, tmp_path):
    for name in list(os.environ):
        if name.startswith(("PORTFOLIO_", "SPARK_")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def place(**settings):
    return spark_place(load_settings(engine="spark", **settings))


def test_duckdb_builds_unless_somebody_says_otherwise(monkeypatch):
    monkeypatch.setenv("SPARK_REMOTE", "sc://host")  # of a notebook on the same machine
    assert spark_place(load_settings()) is None


def test_a_connect_server_is_what_spark_s_own_variable_names(monkeypatch, tmp_path):
    (tmp_path / ".env").write_text("SPARK_REMOTE=sc://file:15002\nPORTFOLIO_SPARK_SCHEMA=licences\n")
    assert place() == SparkPlace("licences", remote="sc://file:15002")
    monkeypatch.setenv("SPARK_REMOTE", "sc://host:1;token=secret")
    assert place() == SparkPlace("licences", remote="sc://host:1;token=secret")
    assert "secret" not in repr(place())


@pytest.mark.parametrize("master", ["spark://host:7077", "spark://one:7077,two:7077", "local[2]", "yarn", "k8s://host"])
def test_a_master_is_named_by_a_setting(master):
    assert place(spark_master=master) == SparkPlace("portfolio", master=master)


@pytest.mark.parametrize(
    ("environment", "wanted"),
    [
        ({}, "PORTFOLIO_ENGINE=spark: name a Connect server (SPARK_REMOTE=sc://host:15002) or a master"),
        ({"SPARK_REMOTE": " "}, "PORTFOLIO_ENGINE=spark: name a Connect server"),
        ({"SPARK_REMOTE": "http://host;token=x"}, "SPARK_REMOTE: must be the address of a Connect server"),
        ({"PORTFOLIO_SPARK_MASTER": "host:7077"}, "PORTFOLIO_SPARK_MASTER=host:7077: must be a master's address"),
        (
            {"SPARK_REMOTE": "sc://host", "PORTFOLIO_SPARK_MASTER": "local[2]"},
            "SPARK_REMOTE and PORTFOLIO_SPARK_MASTER=local[2] are both set: unset the one",
        ),
        ({"PORTFOLIO_SPARK_SCHEMA": "My-Marts"}, "PORTFOLIO_SPARK_SCHEMA=My-Marts: must be a name in lower case"),
    ],
)
def test_what_can_not_be_meant_is_one_line(environment, wanted, monkeypatch):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as raised:
        place()
    assert str(raised.value).startswith(wanted)
    assert "token" not in str(raised.value)


def test_an_engine_that_is_none_is_one_line(monkeypatch):
    monkeypatch.setenv("PORTFOLIO_ENGINE", "flink")
    with pytest.raises(SettingsError, match=r"PORTFOLIO_ENGINE=flink: input should be 'duckdb' or 'spark'"):
        load_settings()


def test_days_that_another_engine_built_are_built_by_another_rule():
    assert "engine" not in rules_in_force(load_settings()).by_name()
    assert rules_in_force(load_settings(engine="spark")).by_name()["engine"] == "spark portfolio"

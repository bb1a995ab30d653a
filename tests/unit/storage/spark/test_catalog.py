"""The embedded catalog: where it lies, when there is none, and who has it open."""

import os
import subprocess
import sys

import pytest

from storage.spark.catalog import catalog_configuration, wait_for_catalog
from storage.spark.errors import SparkError

URL = "spark.hadoop.javax.jdo.option.ConnectionURL"
HOLDS = """
import fcntl, sys
with open(sys.argv[1], "w") as file:
    fcntl.lockf(file, fcntl.LOCK_EX)
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def configuration(monkeypatch, tmp_path):
    """Spark's own configuration, empty."""
    for name in list(os.environ):
        if name.startswith("SPARK_"):
            monkeypatch.delenv(name)
    folder = tmp_path / "conf"
    folder.mkdir()
    monkeypatch.setenv("SPARK_CONF_DIR", str(folder))
    return folder


def test_it_lies_in_the_folder_where_nothing_else_is_configured(tmp_path):
    found = catalog_configuration(tmp_path)
    assert found[URL] == f"jdbc:derby:;databaseName={tmp_path / 'metastore'};create=true"
    assert found["spark.sql.warehouse.dir"] == f"file://{tmp_path / 'warehouse'}"


@pytest.mark.parametrize(
    "line",
    [
        "spark.hadoop.hive.metastore.uris thrift://host:9083",
        "spark.hive.metastore.uris=thrift://host:9083",
        f"  {URL}: jdbc:postgresql://host/hive",
    ],
)
def test_a_metastore_that_is_configured_is_left_alone(line, configuration, tmp_path):
    (configuration / "spark-defaults.conf").write_text(f"# {URL} jdbc:other\nspark.executor.memory 1g\n{line}\n")
    assert list(catalog_configuration(tmp_path)) == ["spark.sql.warehouse.dir"]


def test_hive_site_names_a_metastore_and_a_folder_of_tables_may_be_configured(configuration, tmp_path):
    (configuration / "hive-site.xml").write_text("<configuration/>")
    (configuration / "spark-defaults.conf").write_text("spark.sql.warehouse.dir s3a://tables/\n")
    assert catalog_configuration(tmp_path) == {}


def test_a_comment_names_none(configuration, tmp_path):
    (configuration / "spark-defaults.conf").write_text(f"# {URL} jdbc:other\n")
    assert URL in catalog_configuration(tmp_path)


def test_who_has_it_open_is_named(configuration, tmp_path):
    wait_for_catalog(tmp_path, 0)  # there is none yet
    lock = tmp_path / "metastore" / "dbex.lck"
    lock.parent.mkdir()
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS, lock], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(SparkError, match=rf"one process at a time, and process {holder.pid} has it open: "):
            wait_for_catalog(tmp_path, 0)
        (configuration / "hive-site.xml").write_text("<configuration/>")
        wait_for_catalog(tmp_path, 0)  # another catalog is used
        (configuration / "hive-site.xml").unlink()
        holder.communicate("")
    wait_for_catalog(tmp_path, 0)

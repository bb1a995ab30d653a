"""What DuckDB and Arrow do when pandas is not there is theirs: these tests fail where a new version of one needs it."""

import subprocess
import sys

import pytest

HIDDEN = "import datetime, sys, pipelines.unseen_imports as unseen; unseen.hide_from_c_code()\n"
C_CODE = """
import duckdb, pyarrow
con = duckdb.connect()
day = datetime.date(2026, 1, 1)
at = datetime.datetime(2026, 1, 1)
values = {"day": day, "days": [day, day], "text": "a", "number": 1, "nothing": None, "at": at}
names = ", ".join(f"${name}" for name in values)
assert con.execute(f"select {names}", values).fetchone() == tuple(values.values())
table = pyarrow.table({"day": pyarrow.array([day, None]), "text": ["a", None], "number": pyarrow.array([1, None])})
con.register("rows", table)
assert con.execute("from rows").to_arrow_table().to_pylist() == table.to_pylist()
"""


def ran(code):
    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=600)
    return finished.stdout.split()


def test_c_code_does_without_pandas():
    assert ran(HIDDEN + C_CODE + "print('pandas' in sys.modules)") == ["False"]


def test_c_code_alone_loads_it():
    """The reason for all of this: without it there would be nothing to hide."""
    assert ran("import datetime, sys\n" + C_CODE + "print('pandas' in sys.modules)") == ["True"]


@pytest.mark.parametrize(
    "statement",
    [
        "import pandas",
        "from pandas import DataFrame",
        "import pandas.api.types",
        "import importlib; importlib.import_module('pandas')",
    ],
)
def test_a_statement_loads_it_and_then_c_code_finds_it(statement):
    code = f"{statement}\ncon.register('frame', table.to_pandas())\nprint(len(con.execute('from frame').df()))"
    assert ran(HIDDEN + C_CODE + code) == ["2"]


def test_whether_it_is_installed_can_be_asked():
    assert ran(HIDDEN + "import importlib.util\nprint(importlib.util.find_spec('pandas') is not None)") == ["True"]

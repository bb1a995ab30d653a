"""Each table of the ledger has one module that names it, and that names the columns it writes and reads."""

import ast
import re
from pathlib import Path

import pytest

from storage.ledger.ledger import Ledger

ROOT = Path(__file__).resolve().parents[4]
PACKAGES = ("assets", "cli", "contracts", "expectations", "pipelines", "planning", "sources", "storage")
LEDGER = ROOT / "storage" / "ledger"
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))

PARTITION = [
    *("dataset", "partition_date", "landing_signature", "landing_hash", "content_hash", "files", "rows_read"),
    *("rows_accepted", "rows_quarantined", "rows_duplicate", "ingested_at", "unexpected_columns", "ignored_files"),
    *("reasons", "partners"),
]
OWNED = {
    "partitions": {"partitions": PARTITION},
    "rewrites": {"rewrites": PARTITION},
    "open_erasures": {"erasures": ["subject", "details"]},
    "refusals": {
        "refusals": [
            *("dataset", "partition_date", "landing_signature", "landing_hash", "cause", "rows_read", "refused_at"),
            "reasons",
        ]
    },
    "accounts": {"accounts": ["dataset", "partition_date", "landing_hash", "content_hash", "accounts"]},
    "as_of_days": {
        "as_of_days": ["as_of_date", "outcome", "inputs_hash", "rules", "run_id", "recorded_at"],
        "provisional_days": ["as_of_date"],
    },
    "horizons": {"pruned": ["kind", "kept_from"]},
    "check_results": {
        "check_results": [
            *("asset", "check_name", "first_date", "last_date", "partner_id", "severity", "passed", "message"),
            *("failures", "sample", "content_hash", "run_id", "checked_at", "accepted_reason", "accepted_at"),
        ]
    },
    "acceptances": {"accepted_days": ["check_name", "as_of_date", "seen_hash", "reason", "accepted_at"]},
    "usage_windows": {
        "usage_windows": [
            *("as_of_date", "partner_id", "product", "usage_days", "usage_days_90d", "usage_days_week_before"),
        ]
    },
    "partition_profiles": {
        "partition_profiles": [
            *("dataset", "partition_date", "partner_id", "rows", "total_licenses", "assigned_licenses", "products"),
            "license_codes",
        ],
        "partition_checks": ["dataset", "partition_date", "profiled", "contract", "anomalies"],
    },
    "schema_versions": {"schema_versions": ["name", "version", "program", "changed_at"]},
}
"""The tables of each module of the ledger with their columns, in the order of homes that exist."""
TABLES = {table: module for module, tables in OWNED.items() for table in tables}


def texts(path):
    """The texts of a module but its docstrings, with a `?` where a value goes into one."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    described = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(part.value if isinstance(part, ast.Constant) else "?" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and not {id(node)} & (inside | described):
            yield node.value


def named_tables(path):
    """The tables that a module names: in a statement, or alone, to be put into one."""
    found = set()
    for text in texts(path):
        found |= set(re.findall(r"\b(?:from|join|into|update|exists)\s+(\w+)", text)) & TABLES.keys()
        if path.is_relative_to(LEDGER):
            found |= {text} & TABLES.keys()
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_table_is_named_by_its_owner_alone(path):
    owned = OWNED.get(path.stem, {}) if path.parent == LEDGER else {}
    assert named_tables(path) == set(owned)


@pytest.mark.parametrize(
    "path", [*LEDGER.glob("*.py"), ROOT / "storage" / "alerts.py"], ids=lambda path: str(path.relative_to(ROOT))
)
def test_columns_are_named(path):
    for text in texts(path):
        assert not re.search(r"\bselect\s+\*", text)
        assert not re.search(r"\binto\s+\S+\s+values\b", text)


def test_the_tables_are_those_of_homes_that_exist(tmp_path):
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        named = [row["name"] for row in ledger.connection.execute("select name from sqlite_master order by rowid")]
        found = {
            table: [row["name"] for row in ledger.connection.execute(f"pragma table_info({table})")] for table in named
        }
    assert named == list(TABLES)
    assert found == {table: columns for tables in OWNED.values() for table, columns in tables.items()}

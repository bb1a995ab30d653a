"""A schema that changes has another version: what was written down with each version is what it still has."""

import hashlib
import re

import pytest

from storage import alerts, digests, told_facts, versions
from storage.files.schemas import Schema
from storage.ledger import ledger
from storage.postgres import schema
from storage.postgres import versions as postgres

KNOWN = {
    "ledger": (8, "3eb58a384532d677"),
    "alerts": (1, "56d1f418bfd5fcd1"),
    "told facts": (1, "6e828161d5364355"),
    "digests": (1, "b4fa8183f809cc43"),
    "PostgreSQL": (2, "1a323f1d6211d704"),
}
"""By schema its version, and a digest of its statements. Raise the version in storage/versions.py with the digest."""


def digest(statements: str) -> str:
    """Of statements without their comments on tables and without their spaces."""
    words = re.sub(r"comment on .*?;", "", statements, flags=re.DOTALL)
    return hashlib.sha256(" ".join(words.split()).encode()).hexdigest()[:16]


def of(found: Schema) -> tuple[int, str]:
    return found.version, digest(";".join([*found.statements(0), repr(sorted(found.changes.items()))]))


@pytest.mark.parametrize("name", ["ledger", "alerts", "told facts", "digests", "PostgreSQL"])
def test_a_change_of_statements_is_a_new_version(name: str) -> None:
    found = {
        "ledger": of(ledger.SCHEMA),
        "alerts": of(alerts.SCHEMA),
        "told facts": of(told_facts.SCHEMA),
        "digests": of(digests.SCHEMA),
        "PostgreSQL": (versions.POSTGRES, digest(schema._STATE + postgres.STATE)),
    }
    assert found[name] == KNOWN[name]

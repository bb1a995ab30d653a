"""Two marts with a few rows, and requests to publish them."""

from datetime import date, timedelta

import duckdb

from storage.publication.mart_tables import Window
from storage.publication.publication import PublicationRequest

MARTS = ["expiring_kpis", "portfolio_kpis"]
JANUARY = date(2026, 1, 30)


def days(*offsets):
    return [JANUARY + timedelta(days=offset) for offset in offsets]


def fill(warehouse, rows):
    """Set portfolio_kpis to {(day, partner): customers}; expiring_kpis follows with customers / 10."""
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("truncate marts.portfolio_kpis")
        connection.execute("truncate marts.expiring_kpis")
        for (day, partner), customers in rows.items():
            connection.execute("insert into marts.portfolio_kpis values (?, ?, ?)", [day, partner, customers])
            connection.execute("insert into marts.expiring_kpis values (?, ?, ?)", [day, partner, customers / 10])


def request(warehouse, replaced, built=None, **changes):
    given = {
        "warehouse": warehouse,
        "serving": warehouse.parent / "serving",
        "marts": MARTS,
        "window": Window(replaced, replaced if built is None else built),
        "built_days": replaced if built is None else built,
        "ingestion": [],
        "contract_version": "1",
        "git_revision": "abc",
        "keep": 3,
        "memory_limit": "200MB",
    }
    return PublicationRequest(**(given | changes))


def read(serving, query):
    with duckdb.connect(str(serving / "portfolio.duckdb"), read_only=True) as connection:
        return connection.execute(query).fetchall()

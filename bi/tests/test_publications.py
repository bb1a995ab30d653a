"""A new publication shows on the next load, and the partner filter shows one partner's figures."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from bi.tests.dashboard import PATIENCE, Dashboard
from bi.tests.published import publish, query

OTHER = "another-partner"
# As the demo's partner, with a thousand customers more.
ANOTHER_PARTNER = [
    f"""
    insert into marts_latest.portfolio_kpis by name
    select * replace ('{OTHER}' as partner_id, total_customers + 1000 as total_customers)
    from marts_latest.portfolio_kpis
    """,
    f"""
    insert into marts_latest.expiring_kpis by name
    select * replace ('{OTHER}' as partner_id, 0 as assigned_licenses, 0.0 as license_assignment_ratio)
    from marts_latest.expiring_kpis
    """,
]


@pytest.fixture(scope="module", autouse=True)
def first_publication(home: Path) -> Iterator[None]:
    """Put back what was published, for whatever test comes next."""
    published = home / "serving" / "portfolio.duckdb"
    first = published.read_bytes()
    yield
    published.write_bytes(first)


def test_new_publication_and_partner_filter(dashboard: Dashboard, home: Path) -> None:
    ((partner, customers),) = query(home, "select partner_id, total_customers from marts_latest.portfolio_kpis")
    ((total, assigned),) = query(
        home, "select total_licenses, assigned_licenses from marts_latest.expiring_kpis where product = 'meetings'"
    )
    total_customers = dashboard.figure("portfolio-total-customers")
    expiring_assignment = dashboard.figure("expiring-licence-assignment")
    expect(total_customers).to_have_text(f"{customers:,d}", timeout=PATIENCE)

    publish(home, ANOTHER_PARTNER)
    dashboard.open()
    expect(total_customers).to_have_text(f"{2 * customers + 1000:,d}", timeout=PATIENCE)
    # A ratio over two partners is a sum over a sum.
    expect(expiring_assignment).to_have_text(f"{assigned / (2 * total):.1%}", timeout=PATIENCE)

    dashboard.choose("partner", OTHER)
    expect(total_customers).to_have_text(f"{customers + 1000:,d}", timeout=PATIENCE)
    expect(expiring_assignment).to_have_text("0.0%", timeout=PATIENCE)

    dashboard.choose("partner", partner)
    expect(total_customers).to_have_text(f"{customers:,d}", timeout=PATIENCE)
    expect(expiring_assignment).to_have_text(f"{assigned / total:.1%}", timeout=PATIENCE)
    assert dashboard.failures == []

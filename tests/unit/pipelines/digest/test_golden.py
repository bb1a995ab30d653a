"""A digest of the portfolio worked out by hand: its figures are the marts', owners' parts add up to the whole."""

from pathlib import Path

import pytest

from pipelines.digest.composing import compose
from storage.reading.digest_rows import DigestRows, Scope
from tests.reference.comparing import marts_from_csv

GOLDEN = Path(__file__).parents[3] / "golden" / "marts"
KPIS = {
    "customers": "total_customers",
    "expiring_customers": "nearing_expiration_customers",
    "renewing_customers": "nearing_renewal_customers",
    "low_assignment_customers": "low_assignment_customers",
    "over_limit_customers": "over_limit_customers",
}


@pytest.fixture
def marts(publish):
    """The golden marts, each customer with an owner by its id."""
    rows = marts_from_csv(GOLDEN)
    for mart in rows.values():
        for row in mart:
            if "owner" in row:
                row["owner"] = f"owner {ord(row['customer_id'][-1]) % 3}"
    return publish(rows)


def test_figures_are_those_of_the_kpi_marts_on_every_day(marts):
    partners_and_days = [(partner, day) for day in marts.days() for partner in marts.partners(day)]
    assert len(partners_and_days) == 3
    for partner, day in partners_and_days:
        (block,) = compose(marts, {partner: day}).blocks
        found = {figure.name: figure.value for figure in block.figures}
        (kpis,) = marts.rows("portfolio_kpis", partner, day, day)
        assert {name: found[name] for name in KPIS} == {name: kpis[mart] for name, mart in KPIS.items()}
        trend = marts.rows("license_distribution_trend", partner, day, day)
        assert found["total_licenses"] == sum(row["total_licenses"] for row in trend)
        assert found["assigned_licenses"] == sum(row["assigned_licenses"] for row in trend)
        due = marts.rows("renewal_worklist_kpis", partner, day, day)
        assert found["overdue_decisions"] == sum(row["overdue_decisions"] for row in due)
        assert found["decisions_in_30_days"] == sum(row["decisions_in_30_days"] for row in due)
        assert len(block.actions) == len(marts.rows("next_actions", partner, day, day))


def test_no_row_is_in_the_digests_of_two_owners_and_all_owned_ones_are_in_one(marts):
    owners = set()
    for partner, day in marts.newest_days().items():
        (whole,) = compose(marts, {partner: day}).blocks
        owned = [row for row in whole.actions if row["owner"] is not None]
        found = []
        for owner in DigestRows(marts).owners(Scope(partner, day)):
            (block,) = compose(marts, {partner: day}, [owner]).blocks
            assert {row["owner"] for row in block.actions} <= {owner}
            found += block.actions
            owners |= {row["owner"] for row in block.actions}
        assert sorted(map(repr, found)) == sorted(map(repr, owned))
    assert len(owners) > 1

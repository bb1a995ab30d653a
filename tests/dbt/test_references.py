"""References between datasets that lead nowhere are kept, and reported by a warning."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from dbt.contracts.graph.manifest import Manifest

from .warehouse import Warehouse, failures

D = date(2026, 3, 10)


@pytest.fixture
def warehouse(tmp_path: Path, manifest: Manifest) -> Warehouse:
    """A partner whose rows all refer to each other, on D; the day before, none do."""
    made = Warehouse(tmp_path, manifest)
    before = D - timedelta(days=1)
    made.load("customers", [(D, "p", "c", "Ltd", None, None), (before, "p", "other", "Ltd", None, None)])
    made.load("subscriptions", [(day, "p", "c", "s", False, "active", D, None, True) for day in (before, D)])
    made.load("license_assignments", [(D, "p", "c", "s", "meetings", "EE", None, 10, 5)])
    made.load("license_usage", [(D, "p", "c", "s", "meetings", 1, 1)])
    return made


def warned(warehouse: Warehouse) -> dict[str, str]:
    """The tests of a build of D that are not fine; the build itself succeeds."""
    result = warehouse.dbt("build", "--exclude-resource-type", "unit_test", window_start=str(D), window_end=str(D))
    assert result.success, failures(result)
    return failures(result)


def test_references_that_hold_are_no_warning(warehouse: Warehouse) -> None:
    assert warned(warehouse) == {}


def test_each_reference_that_leads_nowhere_is_counted(warehouse: Warehouse) -> None:
    warehouse.load("subscriptions", [(D, "p", f"unknown {i}", f"s{i}", False, "active", D, None, True) for i in (1, 2)])
    warehouse.load("license_assignments", [(D, "p", "c", "gone", "meetings", "EE", None, 10, 5)])
    warehouse.load("license_usage", [(D, "p", "c", "lost", "meetings", user, 1) for user in (1, 2, 3)])
    assert warned(warehouse) == {
        "subscriptions_refer_to_customers": "Got 2 results, configured to warn if != 0",
        "license_assignments_refer_to_subscriptions": "Got 1 result, configured to warn if != 0",
        "license_usage_refer_to_subscriptions": "Got 1 result, configured to warn if != 0",
    }
    # Kept: the customer's name reads as its id.
    warehouse.load("license_assignments", [(D, "p", "c", "s1", "meetings", "EE", None, 10, 5)])
    warehouse.build(D, D)
    names = warehouse.query("select customer_name from marts.license_positions where subscription_id = 's1'")
    assert names == [("unknown 1",)]


def test_terms_and_accounts_of_nobody_are_counted(warehouse: Warehouse) -> None:
    prices = ("EUR", 12.5, None, 30, "wholesale", None, 4)
    warehouse.load("contract_lines", [(D, "p", "c", "s", "meetings", "EE", *prices)])
    warehouse.load("accounts", [(D, "p", "c", "Kim Doe", None, None)])
    assert warned(warehouse) == {}
    others = [("c", "s", "calling", "EE"), ("c", "s", "meetings", "STD"), ("nobody", "gone", "meetings", "EE")]
    warehouse.load("contract_lines", [(D, "p", *line, *prices) for line in others])
    warehouse.load("accounts", [(D, "p", "nobody", None, None, None), (D, "q", "nobody", None, None, None)])
    assert warned(warehouse) == {
        "contract_lines_refer_to_customers": "Got 1 result, configured to warn if != 0",
        "contract_lines_refer_to_license_assignments": "Got 3 results, configured to warn if != 0",
        "accounts_refer_to_customers": "Got 1 result, configured to warn if != 0",  # q has no customers snapshot
    }


def test_a_subscription_that_another_customer_took_over_is_counted(warehouse: Warehouse) -> None:
    ids = ("kept", "lately", "long ago", "other partner", "tomorrow")
    warehouse.load("subscriptions", [(D, "p", "c", name, False, "active", D, None, True) for name in ids])
    warehouse.load("license_assignments", [(D, "p", "c", name, "meetings", "EE", None, 10, 5) for name in ids])
    days = {"lately": 89, "long ago": 90, "tomorrow": -1}
    usage = [(D - timedelta(days=ago), "p", "before", name, "meetings", 1, 1) for name, ago in days.items()]
    usage += [(D, "p", "c", "kept", "meetings", 2, 1), (D, "q", "before", "other partner", "meetings", 3, 1)]
    warehouse.load("license_usage", usage)
    assert warned(warehouse) == {"subscriptions_keep_their_customer": "Got 1 result, configured to warn if != 0"}
    found = warehouse.query("select subscription_id, used_licenses_90d from marts.license_positions order by 1")
    assert dict(found) == {"kept": 1, "lately": 1, "long ago": 0, "other partner": 0, "s": 1, "tomorrow": 0}


def test_a_partner_whose_snapshot_is_lost_is_not_asked(warehouse: Warehouse) -> None:
    warehouse.load("subscriptions", [(D, "q", "c", "s", False, "active", D, None, True)])
    assert warned(warehouse) == {}

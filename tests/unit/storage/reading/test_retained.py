"""Retention of some customers: worked out by hand from positions of two days, a year apart."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from storage.reading.customers import Customer
from storage.reading.filters import Filters
from storage.reading.opening import PublishedMarts, open_publication
from storage.reading.retained import retention_of
from tests.publications import write_marts

DAY, BEFORE, BETWEEN = date(2026, 3, 22), date(2025, 3, 22), date(2026, 1, 1)
FIGURES = (
    *("base_customers", "retained_customers", "base_licenses", "kept_licenses", "licenses_now"),
    *("customer_retention", "gross_license_retention", "net_license_retention"),
)


def row(day: date, **values: Any) -> dict[str, Any]:
    return {"as_of_date": day, "partner_id": "acme", **values}


def position(day: date, customer: str, total: int, product: str = "meetings", *, is_trial: bool = False) -> Any:
    return row(day, customer_id=customer, product=product, total_licenses=total, is_trial=is_trial)


def rows(*days: date, base: int | None = 4) -> dict[str, list[dict[str, Any]]]:
    """Ann has c1, and had c3 when it went; Ben has c2, c4, which was Ann's a year ago, and c5, which is new."""
    owned = [
        (BEFORE, "c1", "Ann"), (DAY, "c1", "Ann"), (BEFORE, "c2", None), (DAY, "c2", "Ben"),
        (BEFORE, "c3", "Ben"), (BETWEEN, "c3", "Ann"), (BEFORE, "c4", "Ann"), (DAY, "c4", "Ben"), (DAY, "c5", "Ben"),
    ]  # fmt: skip
    return {
        "portfolio_kpis": [row(day) for day in days],
        "customer_overview": [row(day, customer_id=customer, owner=owner) for day, customer, owner in owned],
        "license_positions": [
            position(BEFORE, "c1", 60), position(BEFORE, "c1", 40), position(BEFORE, "c1", 50, is_trial=True),
            position(BEFORE, "c2", 40), position(BEFORE, "c3", 30), position(BEFORE, "c4", 10),
            position(BEFORE, "c1", 20, "calling"), position(BETWEEN, "c3", 30),
            position(DAY, "c1", 140), position(DAY, "c2", 40), position(DAY, "c4", 0), position(DAY, "c5", 70),
            position(DAY, "c3", 9, is_trial=True),
        ],
        "retention": [row(DAY, product=name, base_customers=base) for name in ("meetings", "calling")],
    }  # fmt: skip


@pytest.fixture
def marts(tmp_path: Path) -> Iterator[PublishedMarts]:
    write_marts(tmp_path / "portfolio.duckdb", rows(BEFORE, BETWEEN, DAY))
    with open_publication(tmp_path) as opened:
        yield opened


def figures(marts: PublishedMarts, filters: Filters) -> dict[str, tuple[Any, ...]]:
    found = retention_of(marts, "acme", DAY, filters)
    assert [(one["as_of_date"], one["partner_id"]) for one in found] == [(DAY, "acme")] * 2
    return {one["product"]: tuple(one[name] for name in FIGURES) for one in found}


def test_of_an_owner_s_customers_the_gone_ones_are_their_last_owner_s(marts: PublishedMarts) -> None:
    assert figures(marts, Filters(owners=("Ann",))) == {
        "meetings": (2, 1, 130, 100, 140, 0.5, pytest.approx(100 / 130), pytest.approx(140 / 130)),
        "calling": (1, 0, 20, 0, 0, 0.0, 0.0, 0.0),
    }
    assert figures(marts, Filters(owners=("Ben",))) == {
        "meetings": (2, 1, 50, 40, 40, 0.5, 0.8, 0.8),
        "calling": (0, 0, 0, 0, 0, None, None, None),
    }


def test_of_one_customer_and_of_all(marts: PublishedMarts) -> None:
    new = Filters(customer=Customer("acme", "c5", "New"))
    assert figures(marts, new) == dict.fromkeys(("meetings", "calling"), (0, 0, 0, 0, 0, None, None, None))
    both = figures(marts, Filters(owners=("Ann", "Ben")))
    assert both == figures(marts, Filters())
    assert both["meetings"][:5] == (4, 2, 180, 140, 180)
    (calling,) = retention_of(marts, "acme", DAY, Filters(), "calling")
    assert calling["product"] == "calling"


@pytest.mark.parametrize(("days", "base"), [((DAY,), 4), ((BEFORE, DAY), None)])
def test_nothing_is_known_without_the_year_before(tmp_path: Path, days: tuple[date, ...], base: int | None) -> None:
    write_marts(tmp_path / "portfolio.duckdb", rows(*days, base=base))
    with open_publication(tmp_path) as marts:
        assert figures(marts, Filters(owners=("Ann",))) == dict.fromkeys(("meetings", "calling"), (None,) * 8)

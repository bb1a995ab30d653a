"""The star beside the marts: its fact, and the dimensions of a day and of every day, from the landing rows alone."""

from datetime import date, timedelta
from typing import Any

from .contract import CUSTOMERS, SUBSCRIPTIONS
from .decisions.terms import account
from .metrics import PRODUCTS, Position, in_scope, partners, snapshot
from .raw import Landing, Row

Rows = list[dict[str, Any]]
NEWEST_OF_KEY = {"dim_customers": "customer_key", "dim_subscriptions": "subscription_key"}


def key(partner: object, name: object) -> str:
    """One text of two: what follows the first bar is the name, since the partner's own bars are written otherwise."""
    written = "".join({"%": "%25", "|": "%7C"}.get(character, character) for character in str(partner))
    return f"{written}|{name}"


def star(source: Landing, day: date, positions: list[Position]) -> dict[str, Rows]:
    """The star's tables of a day, from the day's positions and snapshots."""
    found: dict[str, Rows] = {"fct_license_positions": [_with_keys(position) for position in positions]}
    for partner in partners(source, day):
        subscriptions = [row for row in _rows(source, SUBSCRIPTIONS, partner, day) if in_scope(row, day)]
        customers = [{**row, "is_managed": True} for row in _rows(source, CUSTOMERS, partner, day)]
        known = {row["customer_id"] for row in customers}
        customers += [
            {
                "partner_id": partner,
                "customer_id": customer,
                "customer_name": customer,
                "country_code": None,
                "created_on": None,
                "is_managed": False,
            }
            for customer in sorted({row["customer_id"] for row in subscriptions} - known, key=str)
        ]
        found.setdefault("dim_customers", []).extend(
            _with_keys({**row, "as_of_date": day, **account(source, day, partner, row["customer_id"])})
            for row in customers
        )
        found.setdefault("dim_subscriptions", []).extend(
            _with_keys({**row, "as_of_date": day, "subscription_label": _label(row)}) for row in subscriptions
        )
    return found


def newest_of_each_key(rows: Rows, column: str) -> Rows:
    """The rows of the newest as-of date that a key has."""
    newest: dict[object, date] = {}
    for row in rows:
        newest[row[column]] = max(row["as_of_date"], newest.get(row[column], date.min))
    return [row for row in rows if row["as_of_date"] == newest[row[column]]]


def constant_rows() -> dict[str, Rows]:
    """The tables that are the same on every date."""
    first, last = date(2000, 1, 1), date(2049, 12, 31)
    products = [
        {"product": product, "product_name": product.title(), "sort_order": number}
        for number, product in enumerate(PRODUCTS, start=1)
    ]
    dates = [_calendar(first + timedelta(days=number)) for number in range((last - first).days + 1)]
    return {"dim_dates": dates, "dim_products": products}


def _calendar(day: date) -> dict[str, Any]:
    iso, tomorrow = day.isocalendar(), day + timedelta(days=1)
    quarter = (day.month + 2) // 3
    month_ends = tomorrow.month != day.month
    return {
        "date_day": day,
        "year": day.year,
        "quarter": quarter,
        "month": day.month,
        "year_quarter": f"{day.year}-Q{quarter}",
        "year_month": f"{day:%Y-%m}",
        "month_name": f"{day:%B}",
        "month_start_date": day.replace(day=1),
        "iso_year": iso.year,
        "iso_week": iso.week,
        "iso_year_week": f"{iso.year}-W{iso.week:02}",
        "week_start_date": day - timedelta(days=day.weekday()),
        "day_of_month": day.day,
        "day_of_year": day.timetuple().tm_yday,
        "day_of_week": iso.weekday,
        "day_name": f"{day:%A}",
        "is_weekend": day.weekday() >= 5,
        "is_month_end": month_ends,
        "is_quarter_end": month_ends and day.month % 3 == 0,
        "is_year_end": (day.month, day.day) == (12, 31),
    }


def _with_keys(row: dict[str, Any]) -> dict[str, Any]:
    keys = {"customer_key": key(row["partner_id"], row["customer_id"])}
    if "subscription_id" in row:
        keys["subscription_key"] = key(row["partner_id"], row["subscription_id"])
    return {**row, **keys}


def _label(subscription: Row) -> object:
    return "Enterprise Trial" if subscription["is_trial"] else subscription["subscription_id"]


def _rows(source: Landing, dataset: Any, partner: object, day: date) -> list[Row]:
    found = snapshot(source, dataset, partner, day)
    assert found is not None
    return found[1]

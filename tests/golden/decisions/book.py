"""How a golden case is written: what a partner delivered around one as-of date, and what marts must say of it.

A case is a function that fills a `Book`; its name is the partner's. All cases stand side by side on the same date, so
that one build holds them all. Where a case says nothing else, a customer `c` has the subscription `s` to meetings.
"""

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

Row = dict[str, Any]
Delivered = dict[tuple[str, date], list[Row] | None]

DAY = date(2024, 2, 29)
"""The as-of date of all cases: the last day of a month, and one that no other year has."""
LOOKED_AT = (0, 6, 7, 28, 90, 118, 180, 208, 365)
"""Days before D on which each partner delivers, if only the snapshots of a customer that is in no licence figure."""
OTHERS = "bystander"
LONG_AGO = date(2020, 1, 15)


def ago(days: int) -> date:
    """The day so many days before D; after it where negative."""
    return DAY - timedelta(days=days)


class Book:
    """What one partner delivered, and the rows that marts must have of it."""

    def __init__(self, partner: str) -> None:
        self.partner = partner
        self.rows: dict[tuple[str, int], dict[tuple[object, ...], Row]] = {}
        self.expected: dict[str, list[Row]] = {}
        for days in LOOKED_AT:
            self._bystander(days)

    def delivers_nothing(self, *days: int) -> None:
        """Take back what the partner delivered on days so many before D."""
        for dataset in ("customers", "subscriptions", "license_assignments"):
            for before in days:
                self.rows.pop((dataset, before), None)

    def stands(self, subscription: str = "s", *, on: Iterable[int] = (0,), **told: Any) -> None:
        """Deliver a subscription with a licence line on days so many before D.

        Args:
            told: columns of the two; `end` and `start` are their dates, `name` the customer's.
        """
        for days in on:
            self._bystander(days)
            self._deliver_position(days, subscription, **told)

    def _deliver_position(
        self,
        days: int,
        subscription: str,
        *,
        customer: str = "c",
        name: str = "",
        product: str = "meetings",
        code: str = "EE",
        total: int = 100,
        assigned: int = 50,
        start: date = LONG_AGO,
        end: date | None = None,
        trial: bool = False,
        auto_renew: bool = False,
        status: str = "active",
    ) -> None:
        if name or (customer,) not in self.rows.get(("customers", days), {}):
            self._deliver("customers", days, (customer,), _customer(customer, name or customer))
        state = {"is_trial": trial, "status": status, "start_date": start, "end_date": end, "auto_renew": auto_renew}
        line = {"license_name": None, "total_licenses": total, "assigned_licenses": assigned}
        names = {"customer_id": customer, "subscription_id": subscription}
        self._deliver("subscriptions", days, (subscription,), names | state)
        coded = {"product": product, "license_code": code}
        self._deliver("license_assignments", days, (subscription, product, code), names | coded | line)

    def priced(
        self, subscription: str = "s", *, days: int = 0, product: str = "meetings", code: str = "EE", **told: Any
    ) -> None:
        """Deliver a contract line; `price`, `cost` and `allowance` are its decimals, as text."""
        names = {"customer_id": "c", "subscription_id": subscription, "product": product, "license_code": code}
        terms = {
            "currency": told.get("currency", "EUR"),
            "unit_price_month": _decimal(told.get("price")),
            "unit_cost_month": _decimal(told.get("cost")),
            "notice_days": told.get("notice"),
            "buying_model": told.get("model"),
            "growth_allowance": _decimal(told.get("allowance")),
            "renewal_quantity": told.get("ordered"),
        }
        self._deliver("contract_lines", days, (subscription, product, code), names | terms)

    def looked_after(self, customer: str = "c", *, days: int = 0, **told: str) -> None:
        """Deliver an account."""
        columns = {"customer_id": customer, "owner": None, "segment": None, "sub_partner_id": None}
        self._deliver("accounts", days, (customer,), columns | told)

    def used(self, subscription: str = "s", *, users: int, days: int = 8, product: str = "meetings") -> None:
        """Deliver usage by so many holders on a day so many before D: of the three months, not of the seven days."""
        names = {"customer_id": "c", "subscription_id": subscription, "product": product}
        for number in range(users):
            self._deliver("license_usage", days, (*names.values(), number), names | _user(f"u{number}"))

    def called(self, count: int = 45, *, product: str = "meetings") -> None:
        """Deliver usage of a bystander on so many of the ninety days, the first and the last among them."""
        names = {"customer_id": OTHERS, "subscription_id": OTHERS, "product": product}
        for days in [0, *range(89, 90 - count, -1)][:count]:
            self._deliver("license_usage", days, (OTHERS, product), names | _user("bystander"))

    def expects(self, mart: str, *rows: Row) -> None:
        """Name the rows, and the cells that count, that a mart has of this partner on D; no row is none of them."""
        filled = {"product": "meetings", "subscription_id": "s"}
        self.expected[mart] = [filled | row for row in rows]

    def _bystander(self, days: int) -> None:
        self._deliver("customers", days, (OTHERS,), _customer(OTHERS, OTHERS))
        names = {"customer_id": OTHERS, "subscription_id": OTHERS}
        state = {"is_trial": False, "status": "cancelled", "start_date": LONG_AGO, "end_date": None, "auto_renew": True}
        self._deliver("subscriptions", days, (OTHERS,), names | state)
        line = {"product": "messaging", "license_code": "M", "license_name": None}
        counts = {"total_licenses": 1, "assigned_licenses": 1}
        self._deliver("license_assignments", days, (OTHERS,), names | line | counts)

    def _deliver(self, dataset: str, days: int, key: tuple[object, ...], row: Row) -> None:
        self.rows.setdefault((dataset, days), {})[key] = {"partner_id": self.partner, **row}


Case = Callable[[Book], None]
CASES: dict[str, Case] = {}
"""All cases by their names, as the modules beside this one declare them."""


def case(function: Case) -> Case:
    """Declare a case."""
    assert function.__name__ not in CASES, f"two cases are named {function.__name__}"
    CASES[function.__name__] = function
    return function


def book_of(name: str) -> Book:
    """A case's book."""
    book = Book(name)
    CASES[name](book)
    return book


def delivered(books: Iterable[Book]) -> Delivered:
    """What all partners delivered, by dataset and day."""
    found: Delivered = {}
    for book in books:
        for (dataset, days), rows in book.rows.items():
            partition = found.setdefault((dataset, ago(days)), [])
            assert partition is not None
            partition += rows.values()
    return found


def _customer(customer: str, name: str) -> Row:
    return {"customer_id": customer, "customer_name": name, "country_code": None, "created_on": None}


def _user(name: str) -> Row:
    return {"user_id": name, "activity_count": 1}


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)

"""Random contract lines and accounts, on some days, of some partners, refused now and then."""

import random
from datetime import date, timedelta
from decimal import Decimal

from ..contract import ACCOUNTS, BUYING_MODELS, CONTRACT_LINES
from ..raw import Row, days

PRICES = ("0", "0.7", "4.5", "13.9", "12.5", "0.000001", "999999999.999999", "1000000000")
ALLOWANCES = (None, None, "0", "0.15", "0.2", "0.333333", "10", "0.000001")
NOTICES = (None, None, 0, 1, 15, 29, 30, 31, 60, 90, 365, 3650)
ORDERED = (None, None, 0, 1, 5, 11, 22, 40, 2**62)


def deliver_terms(
    rng: random.Random,
    first: date,
    last: date,
    lines: list[Row],
    customers: list[tuple[str, str]],
    delivered: dict[tuple[str, date], list[Row] | None],
) -> None:
    """Add what the optional datasets say of licence lines and customers, around the as-of days first..last."""
    terms = [_terms(rng, line) for line in lines if rng.random() < 0.9]
    accounts = [_account(rng, *customer) for customer in [*customers, ("north", "nobody")] if rng.random() < 0.8]
    for dataset, rows in ((CONTRACT_LINES.name, terms), (ACCOUNTS.name, accounts)):
        chance = rng.choice((0.2, 0.5, 0.5, 1)) if rng.random() < 0.9 else 0
        for day in days(first - timedelta(days=5), last):
            if rng.random() < chance:
                absent = {partner for partner in ("north", "south") if rng.random() < 0.15}
                some = [row for row in rows if row["partner_id"] not in absent and rng.random() < 0.97]
                delivered[dataset, day] = None if rng.random() < 0.15 else some


def _terms(rng: random.Random, line: Row) -> Row:
    model = "enterprise_agreement" if line["subscription_id"][-1] in "02468" else rng.choice((None, *BUYING_MODELS))
    names = ("partner_id", "customer_id", "subscription_id", "product", "license_code")
    return {name: line[name] for name in names} | {
        "currency": rng.choice(("EUR",) * 6 + ("USD", "NOK")),
        "unit_price_month": _decimal(rng.choice((None, *PRICES, *PRICES))),
        "unit_cost_month": _decimal(rng.choice((None, *PRICES))),
        "notice_days": rng.choice(NOTICES),
        "buying_model": None if rng.random() < 0.2 else model,
        "growth_allowance": _decimal(rng.choice(ALLOWANCES)),
        "renewal_quantity": rng.choice(ORDERED),
    }


def _account(rng: random.Random, partner: str, customer: str) -> Row:
    return {
        "partner_id": partner,
        "customer_id": customer,
        "owner": rng.choice((None, "Kim Doe", "Lou")),
        "segment": rng.choice((None, "SMB", "0042")),
        "sub_partner_id": rng.choice((None, "R-1")),
    }


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)

"""What is agreed on each licence line, and who looks after each customer: the two optional datasets.

All of it is drawn from ids, apart from the portfolio's own story: the other datasets are the same with it and without.
"""

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute

from sources.simulator.draws import Draws
from sources.simulator.portfolio import Customer, Subscription
from sources.simulator.snapshots import History, Ints, LineDay

pc: Any = pyarrow.compute  # made at run time; its stubs miss functions

# Cents for a licence and month before any discount. Invented: what partners pay is between them and the vendor.
_LIST_PRICES = {"EE": 2250, "MS": 300, "FTC": 450, "BCSTD": 1590, "BCCA": 820, "CJPPRM": 11_900, "SD": 2490}
_CURRENCIES = {"US": "USD", "CA": "CAD", "GB": "GBP", "CH": "CHF", "AU": "AUD", "NO": "NOK", "SE": "SEK", "DK": "DKK"}
_HOME_CURRENCY = "EUR"
_ODDS_OWN_CURRENCY = 0.2
_ODDS_GROWING_AGREEMENT = 0.5
_YEARLY_RISE = 1.03
_RISES = 3
_NOTICE_DAYS = (30, 30, 30, 30, 60, 90, 0, None)
_BUYING_MODELS = ("named_user",) * 11 + ("active_user",) * 3 + ("enterprise_agreement",) * 4 + ("wholesale", None)
_ALLOWANCES = (Decimal("0.2"), Decimal("0.2"), Decimal("0.15"), None)
_OWNERS = (
    "Amara Okafor", "Ben Whitlock", "Chloé Moreau", "Dana O'Neill", "Emre Yildiz", "Freja Lund", "Gita Rao",
    "Hannes Vogel", "Inés Robledo", "Jun Takeda",
)  # fmt: skip
_OWNED_DAYS = 430
_SEGMENTS = ((40, "SMB"), (200, "mid-market"), (None, "enterprise"))
_RESELLERS = ("R-1007", "R-1031", "R-1044")
_DECIMAL = pa.decimal128(18, 6)


class _Agreement(NamedTuple):
    """What holds for all lines of a subscription."""

    currency: str
    notice_days: int | None
    buying_model: str | None
    allowance: Decimal | None
    discount: float
    cost_share: float
    ordered_before: int
    """Days before the end on which the next term is ordered; -1 where it never is so early."""


class _Care(NamedTuple):
    """Who looks after a customer."""

    is_known: bool
    owners: tuple[str | None, ...]
    """The manager of each stretch of `_OWNED_DAYS`, over and over."""
    phase: int
    segment: str | None
    sub_partner_id: str | None


class Terms:
    """The agreements and accounts of all that a history holds."""

    def __init__(self, history: History, with_events: bool = False) -> None:
        """Draw them; `with_events` is that of `simulate`."""
        self._history = history
        agree = _eventful_agreement if with_events else _agreement
        agreements = [agree(customer, item) for customer, item in history.subscriptions]
        of_line = [agreements[number] for number in history.line_subscription]
        drawn = [
            _line_draws(subscription, line.code)
            for number, line in zip(history.line_subscription, history.lines, strict=True)
            for _, subscription in [history.subscriptions[number]]
        ]
        self._is_agreed = np.array([known for known, _ in drawn], dtype=np.bool_)
        self._is_priced = np.array([priced for _, priced in drawn], dtype=np.bool_)
        prices = [
            _LIST_PRICES[line.code] * agreement.discount for line, agreement in zip(history.lines, of_line, strict=True)
        ]
        self._price = np.array(prices, dtype=np.float64)
        self._cost_share = np.array([agreement.cost_share for agreement in of_line], dtype=np.float64)
        self._ordered_before = np.array([agreement.ordered_before for agreement in of_line], dtype=np.int64)
        self._line_columns: dict[str, Any] = {
            "currency": pa.array([agreement.currency for agreement in of_line], pa.string()),
            "notice_days": pa.array([agreement.notice_days for agreement in of_line], pa.int64()),
            "buying_model": pa.array([agreement.buying_model for agreement in of_line], pa.string()),
            "growth_allowance": pa.array([agreement.allowance for agreement in of_line], _DECIMAL),
        }
        self._care = [_care(customer) for customer in history.customers]

    def contract_lines_on(self, line_day: LineDay) -> pa.Table:
        """The contract_lines dataset of a day: nearly every licence line, prices in cents."""
        agreed = self._is_agreed[line_day.lines]
        lines = line_day.lines[agreed]
        risen = self._price[lines] * _YEARLY_RISE ** np.minimum(line_day.term[agreed], _RISES)
        cents = np.rint(risen).astype(np.int64)
        costs = np.rint(cents * self._cost_share[lines]).astype(np.int64)
        left = line_day.days_left[agreed]
        is_ordered = (left >= 0) & (left <= self._ordered_before[lines])
        quantity = self._history.next_totals(line_day)[agreed]
        rows = self._history.line_rows.take(lines)
        columns = {name: column.take(pa.array(lines)) for name, column in self._line_columns.items()}
        columns["unit_price_month"] = _money(cents, self._is_priced[lines])
        columns["unit_cost_month"] = _money(costs, self._is_priced[lines])
        columns["renewal_quantity"] = pa.array(quantity, mask=~is_ordered)
        return pa.table({name: rows.column(name) for name in rows.column_names} | columns)

    def accounts_on(self, day: int) -> pa.Table:
        """The accounts dataset of a day (a day number)."""
        shown = [number for number in self._history.seen_customers(day) if self._care[number].is_known]
        rows = self._history.customer_ids.take(shown)
        cares = [self._care[number] for number in shown]
        columns = {
            "owner": _texts(cares, lambda care: care.owners[(day + care.phase) // _OWNED_DAYS % len(care.owners)]),
            "segment": _texts(cares, lambda care: care.segment),
            "sub_partner_id": _texts(cares, lambda care: care.sub_partner_id),
        }
        return pa.table({name: rows.column(name) for name in rows.column_names} | columns)


def _agreement(customer: Customer, subscription: Subscription) -> _Agreement:
    draws = Draws.named("agreement", customer.partner_id, subscription.subscription_id)
    notice, model = draws.pick(_NOTICE_DAYS), draws.pick(_BUYING_MODELS)
    allowance, orders = draws.pick(_ALLOWANCES), draws.chance(0.45)
    ordered_before = draws.between(5, 70)
    is_paid = not subscription.is_trial  # a trial has the price that is offered, and no terms
    return _Agreement(
        currency=_CURRENCIES.get(customer.country or "", "EUR"),
        notice_days=notice if is_paid else None,
        buying_model=model if is_paid else None,
        allowance=allowance if is_paid and model == "enterprise_agreement" else None,
        discount=draws.uniform(0.7, 1.0),
        cost_share=draws.uniform(0.72, 0.9),
        ordered_before=ordered_before if is_paid and orders else -1,
    )


def _eventful_agreement(customer: Customer, subscription: Subscription) -> _Agreement:
    """The same, mostly in one currency; who hands out more than it bought often does so under an agreement."""
    agreement = _agreement(customer, subscription)
    draws = Draws.named("eventful agreement", customer.partner_id, subscription.subscription_id)
    growing = any(line.drift > 0 for line in subscription.lines) and draws.chance(_ODDS_GROWING_AGREEMENT)
    model = subscription.buying_model or ("enterprise_agreement" if growing else agreement.buying_model)
    if not Draws.named("currency", customer.partner_id, customer.customer_id).chance(_ODDS_OWN_CURRENCY):
        agreement = agreement._replace(currency=_HOME_CURRENCY)
    if subscription.is_trial or model == agreement.buying_model:
        return agreement
    return agreement._replace(buying_model=model, allowance=draws.pick(_ALLOWANCES))


def _line_draws(subscription: Subscription, code: str) -> tuple[bool, bool]:
    """Whether a line's terms are known, and whether its price is."""
    draws = Draws.named("line", subscription.subscription_id, code)
    return draws.chance(0.96), draws.chance(0.95)


def _care(customer: Customer) -> _Care:
    draws = Draws.named("account", customer.partner_id, customer.customer_id)
    owners = tuple(None if draws.chance(0.05) else draws.pick(_OWNERS) for _ in range(4))
    segment = next(name for below, name in _SEGMENTS if below is None or customer.seats < below)
    return _Care(
        is_known=draws.chance(0.96),
        owners=owners,
        phase=draws.between(0, _OWNED_DAYS - 1),
        segment=None if draws.chance(0.04) else segment,
        sub_partner_id=draws.pick(_RESELLERS) if draws.chance(0.25) else None,
    )


def _money(cents: Ints, is_known: npt.NDArray[np.bool_]) -> Any:
    whole = pa.array(cents, mask=~is_known).cast(pa.decimal128(19, 0))
    return pc.multiply(whole, pa.scalar(Decimal("0.01"))).cast(_DECIMAL)


def _texts(cares: Iterable[_Care], text: Callable[[_Care], str | None]) -> Any:
    return pa.array([text(care) for care in cares], pa.string())

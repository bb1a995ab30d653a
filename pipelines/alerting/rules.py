"""The file of alert rules: which changes and actions are told, of which customers, to whom, and when not."""

from datetime import date
from pathlib import Path
from typing import Annotated, Literal, Self, get_args

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from contracts.dashboard import PRODUCTS
from pipelines.mail_addresses import read_address
from sources.mapping.declared import Declared, at, listed
from sources.mapping.loading import load_declared

Change = Literal[
    "added", "removed", "end_moved", "auto_renew_on", "auto_renew_off", "converted", "suspended", "resumed",
    "licenses_up", "licenses_down", "over_limit_entered", "over_limit_left", "expiring_entered", "renewing_entered",
]  # fmt: skip
Action = Literal[
    "free_before_true_forward", "settle_overage", "convert_trial", "renew", "right_size", "raise_assignment",
    "offer_more",
]  # fmt: skip
CHANGES: tuple[str, ...] = get_args(Change)
ACTIONS: tuple[str, ...] = get_args(Action)
Channel = Literal["webhook", "email"]
LONGEST_MONTH_DAYS = 31


def _product(name: str) -> str:
    if name not in PRODUCTS:
        raise ValueError(f"is one of {', '.join(PRODUCTS)}")
    return name


def _kind(name: str) -> str:
    if name not in CHANGES + ACTIONS:
        raise ValueError(f"is one of the changes {', '.join(CHANGES)}, or of the actions {', '.join(ACTIONS)}")
    return name


def _some(names: tuple[str, ...]) -> tuple[str, ...]:
    if not names:
        raise ValueError("names no change and no action")
    return names


_Kinds = Annotated[tuple[Annotated[str, AfterValidator(_kind)], ...], BeforeValidator(listed), AfterValidator(_some)]
_Texts = Annotated[tuple[Annotated[str, Field(min_length=1)], ...], BeforeValidator(listed)]
_Addresses = Annotated[tuple[Annotated[str, AfterValidator(read_address)], ...], BeforeValidator(listed)]


class LeastMoney(Declared):
    """An amount of twelve months in one currency."""

    amount: float = Field(ge=0, allow_inf_nan=False)
    currency: str = Field(pattern="^[A-Z]{3}$")


class Rule(Declared):
    """What is told: kinds of change or action, of the positions that no filter leaves out."""

    name: str = Field(min_length=1, max_length=60)
    on: _Kinds
    partner: _Texts | None = None
    owner: _Texts | None = None
    segment: _Texts | None = None
    product: Annotated[tuple[Annotated[str, AfterValidator(_product)], ...], BeforeValidator(listed)] | None = None
    least_licenses: int | None = Field(default=None, ge=0)
    least_money: LeastMoney | None = None
    shortest_term_days: int | None = Field(default=None, ge=0)
    longest_term_days: int | None = Field(default=None, ge=0)
    auto_renewing: bool = True
    """Whether subscriptions that renew by themselves are told of."""
    excluded_customers: _Texts = ()
    """Ids, or names exactly as they are."""
    channel: Channel | None = None
    to: _Addresses | None = None
    snooze_until: date | None = None
    """The first day on which it is told again."""


DEFAULT_RULES = tuple(
    Rule(name=name, on=on, auto_renewing=False, shortest_term_days=LONGEST_MONTH_DAYS + 1)
    for name, on in (
        ("act", ("free_before_true_forward", "settle_overage", "convert_trial", "renew", "right_size")),
        ("lost", ("removed", "licenses_down", "auto_renew_off", "suspended")),
        ("over the limit", ("over_limit_entered",)),
    )
)
"""Without subscriptions that renew by themselves, and terms of a month: they come back before anybody has called."""


class AlertRules(Declared):
    """The file: rules, and where they go unless they say otherwise."""

    channel: Channel = "webhook"
    to: _Addresses = ()
    rules: tuple[Rule, ...] = DEFAULT_RULES

    @model_validator(mode="after")
    def _whole(self) -> Self:
        names = [rule.name for rule in self.rules]
        for number, rule in enumerate(self.rules):
            if names.index(rule.name) < number:
                raise at(f".rules[{number}].name", f"the name {rule.name!r} stands twice")
            if self.channel_of(rule) == "email" and not self.addresses_of(rule):
                raise at(f".rules[{number}].to", "is missing: the rule goes by e-mail, and names nobody")
        return self

    def channel_of(self, rule: Rule) -> Channel:
        """Where a rule goes."""
        return rule.channel or self.channel

    def addresses_of(self, rule: Rule) -> tuple[str, ...]:
        """To whom it goes, where it goes by e-mail."""
        return rule.to if rule.to is not None else self.to


def load_rules(path: Path) -> AlertRules:
    """The rules of a file.

    Raises:
        MappingError: it can't be read, is no YAML, or has what there is not; each error with its key's path.
    """
    return load_declared(path, "PORTFOLIO_ALERT_RULES", AlertRules, "rules` or `channel")

"""A publication of two Sundays, worked out by hand: partner acme with two owners, and zen where it is asked for."""

import os
from datetime import date, timedelta

import pytest

from pipelines.settings import load_settings
from storage.reading.opening import open_publication
from tests.publications import write_marts

SUNDAY = date(2026, 3, 22)
BEFORE = SUNDAY - timedelta(days=7)
HOSTILE = '<b onclick="x()">Añil & Söhne</b>\x1b[31m\u202e'


def row(day=SUNDAY, partner="acme", **values):
    return {"as_of_date": day, "partner_id": partner, **values}


def position(subscription, customer, day=SUNDAY, partner="acme", product="meetings", **values):
    flags = dict.fromkeys(
        (
            "is_trial",
            "auto_renew",
            "is_recently_added",
            "is_expiring",
            "is_renewing",
            "is_low_assignment",
            "is_over_limit",
        ),
        False,
    )
    counts = {"total_licenses": 10, "assigned_licenses": 8, "used_licenses": 5, "overage_licenses": 0}
    named = {"customer_id": customer, "customer_name": NAMES[customer], "owner": OWNERS[customer]}
    given = {"product": product, "subscription_id": subscription, "subscription_label": subscription}
    return row(day, partner, **given, **named, **(flags | counts | values))


NAMES = {"c1": HOSTILE, "c2": "Beta Ltd", "c3": "Gone Inc"}
OWNERS = {"c1": "Ann", "c2": "Ben", "c3": "Ann"}


def marts(partner="acme"):
    """Ann has c1 (EUR, over its limit since this week) and had c3; Ben has c2 (USD, expiring on both days)."""
    over = {"assigned_licenses": 12, "overage_licenses": 2, "is_over_limit": True}
    eur, usd = {"currency": "EUR", "value_12m": 1200.0}, {"currency": "USD", "value_12m": 500.0}
    ends = {"is_expiring": True, "end_date": date(2026, 4, 30)}
    shown = {"customer_id": "c2", "customer_name": NAMES["c2"], "owner": "Ben", "subscription_label": "S2"}
    acted = {"customer_id": "c1", "customer_name": HOSTILE, "owner": "Ann", "subscription_label": "S1"}
    worklist = {
        "product": "calling",
        "subscription_id": "S2",
        **shown,
        "motion": "renewal",
        **usd,
        "avoidable_12m": 50.0,
    }
    return {
        "portfolio_kpis": [row(day, partner) for day in (SUNDAY, BEFORE)],
        "dim_customers": [
            row(day, partner, customer_id=customer, owner=OWNERS[customer])
            for day, customers in ((SUNDAY, ("c1", "c2")), (BEFORE, ("c1", "c2", "c3")))
            for customer in customers
        ],
        "license_positions": [
            position("S1", "c1", partner=partner, **eur, **over),
            position("S2", "c2", partner=partner, product="calling", **usd, **ends),
            position("S4", "c2", partner=partner),
            position("S1", "c1", BEFORE, partner, currency="EUR", value_12m=1000.0),
            position("S2", "c2", BEFORE, partner, product="calling", **usd, **ends),
            position("S3", "c3", BEFORE, partner, total_licenses=7),
            position("S4", "c2", BEFORE, partner),
        ],
        "renewal_worklist": [row(day, partner, **worklist, days_until_decision=-1) for day in (SUNDAY, BEFORE)],
        "renewal_outcomes": [
            row(
                SUNDAY - timedelta(days=back),
                partner,
                product="meetings",
                subscription_id="S3",
                subscription_label="S3",
                customer_id="c3",
                customer_name="Gone Inc",
                changed_on=SUNDAY - timedelta(days=back + 6),
                outcome=outcome,
                total_licenses=7,
                licenses_after=0,
                license_change=-7,
            )
            for back, outcome in ((6, "lost"), (7, "renewed"))
        ],
        "next_actions": [
            row(
                partner=partner,
                product="meetings",
                subscription_id="S1",
                **acted,
                action="settle_overage",
                priority=2,
                also="offer_more",
                due_date=SUNDAY,
                licenses=2,
                currency="EUR",
                value_12m=240.0,
            ),
            row(
                partner=partner,
                product="calling",
                subscription_id="S2",
                **shown,
                action="offer_more",
                priority=7,
                currency="USD",
            ),
        ],
        "overage_risk": [
            row(partner=partner, product="calling", subscription_id="S2", probability_over_limit_90d=0.375)
        ],
        "forecast_skill": [row(partner=partner, skill=None)],
    }


def whole_week(rows, but=()):
    """The same with each day since the Sunday before published, but for some."""
    days = [BEFORE + timedelta(days=number) for number in range(8)]
    return rows | {"portfolio_kpis": [row(day) for day in days if day not in but]}


def joined(*several):
    return {mart: [one for given in several for one in given[mart]] for mart in several[0]}


@pytest.fixture
def settings(tmp_path, monkeypatch):
    for name in list(os.environ):
        if name.startswith("PORTFOLIO_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return load_settings(home=tmp_path / "home", landing=tmp_path / "landing")


@pytest.fixture
def publish(settings):
    """Publish marts; opened as what readers get."""
    opened = []

    def publish(rows, **given):
        write_marts(settings.folders.serving.file, rows, **given)
        context = open_publication(settings.folders.serving.path)
        opened.append(context)
        return context.__enter__()

    yield publish
    for context in opened:
        context.__exit__(None, None, None)

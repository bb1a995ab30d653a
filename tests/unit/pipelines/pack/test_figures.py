"""The figures of a pack are those of the publication: held to queries of their own, and to sums by hand."""

from datetime import date
from statistics import quantiles

import pytest

from pipelines.pack.contents import Contents, contents
from pipelines.pack.figures import read_figures
from storage.reading.customers import Customer
from storage.reading.opening import PublishedMarts

from .published import CUSTOMER, DAY, before, insert, marts, others, overview, position

HEADROOM = 10


def pack_of(published: PublishedMarts) -> Contents:
    figures = read_figures(published, CUSTOMER, DAY)
    assert figures is not None
    return contents(figures, HEADROOM)


def table(pack: Contents, title: str) -> list[list[object]]:
    (found,) = [table for table in pack.tables if table.title == title]
    return [list(row) for row in found.rows]


def test_subscriptions_and_head_figures_are_the_marts() -> None:
    with marts() as published:
        overview(published.connection, subscriptions=2, total_licenses=47)
        position(published.connection)
        trial = {"is_trial": True, "subscription_label": "Enterprise Trial", "status": "suspended"}
        position(published.connection, "s2", product="calling", total_licenses=7, value_12m=None, **trial)
        others(published.connection, 2)
        pack = pack_of(published)
        assert dict(pack.facts) == {
            "Subscriptions": "2", "Licences purchased": "47", "Assigned": "30 (75%)", "Used in 7 days": "20 (50%)",
            "Value of 12 months": "4,800.00 EUR", "Next end": "2026-05-31",
        }  # fmt: skip
        wanted = published.connection.execute(
            "select subscription_label, total_licenses, assigned_licenses, used_licenses, used_licenses_90d, value_12m"
            " from marts.license_positions where customer_id = 'c1' order by product, subscription_id"
        ).fetchall()
        shown = table(pack, "Subscriptions")
        assert [tuple(row[4:9]) for row in shown] == [row[1:] for row in wanted]
        assert [row[:4] for row in shown] == [
            ["Enterprise Trial (s2), suspended", "Calling", date(2026, 5, 31), "trial"],
            ["s1", "Meetings", date(2026, 5, 31), "if ordered"],
        ]


def test_charts_show_each_published_day_and_nothing_where_no_usage_came() -> None:
    with marts() as published:
        overview(published.connection)
        position(published.connection)
        position(published.connection, "s2", used_licenses=None)
        before(published.connection, 5)
        (chart,) = pack_of(published).charts
    assert chart.days == [date(2026, 3, day) for day in range(17, 23)]
    assert chart.lines["Purchased"] == [40] * 5 + [80]
    assert chart.lines["Assigned"] == [25, 26, 27, 28, 29, 60]
    assert chart.lines["Used in 7 days"] == [20] * 5 + [None]


@pytest.mark.parametrize(("count", "is_shown"), [(9, False), (10, True), (13, True)])
def test_peers_are_quartiles_of_at_least_ten_others(count: int, is_shown: bool) -> None:
    with marts() as published:
        overview(published.connection)
        position(published.connection)
        shares = others(published.connection, count)
        assigned, used = table(pack_of(published), "Adoption beside others")
    assert assigned[2:3] + used[2:3] == [0.75, 0.5]
    if not is_shown:
        assert assigned[3:] == used[3:] == [None] * 4
        return
    for row, values in ((assigned, [share for share, _ in shares]), (used, [share for _, share in shares])):
        wanted = quantiles(values, n=4, method="inclusive")
        assert row[3:] == [*(pytest.approx(value, abs=0.00501) for value in wanted), count]


def test_another_customer_is_never_named() -> None:
    with marts() as published:
        overview(published.connection)
        position(published.connection)
        others(published.connection, 12)
        text = repr(pack_of(published))
    assert "Rival" not in text
    assert "other-" not in text


def test_what_the_partner_pays_is_not_in_it() -> None:
    with marts() as published:
        overview(published.connection)
        position(published.connection)
        text = repr(pack_of(published))
    assert "3999" not in text and "3,999" not in text


def test_dates_are_those_of_a_year_and_decisions_that_are_overdue() -> None:
    with marts() as published:
        overview(published.connection)
        position(published.connection, notice_days=91)
        position(published.connection, "far", end_date=date(2027, 3, 23))
        position(published.connection, "open", end_date=None)
        position(published.connection, "ea", end_date=date(2027, 12, 1), auto_renew=True)
        insert(
            published.connection, "renewal_worklist", customer_id="c1", product="meetings", subscription_id="s1",
            decision_date=date(2026, 3, 1), end_date=date(2026, 5, 31),
        )  # fmt: skip
        insert(
            published.connection, "true_forward", customer_id="c1", product="meetings", subscription_id="ea",
            measured_on=date(2026, 10, 31), true_forward_date=date(2026, 12, 1),
        )  # fmt: skip
        assert table(pack_of(published), "Dates") == [
            [date(2026, 3, 1), "last day to change or cancel", "s1", "Meetings"],
            [date(2026, 5, 31), "ends", "s1", "Meetings"],
            [date(2026, 10, 31), "agreement is measured", "ea", "Meetings"],
            [date(2026, 12, 1), "true forward", "ea", "Meetings"],
        ]


def test_last_days_of_a_year_are_those_of_every_subscription_not_of_the_worklist_alone() -> None:
    renewing = {"auto_renew": True, "end_date": date(2027, 3, 30)}
    with marts() as published:
        overview(published.connection)
        position(published.connection, "s1", notice_days=30, **renewing)
        position(published.connection, "s2", notice_days=7, **renewing)
        position(published.connection, "s3", notice_days=0)
        position(published.connection, "s4", notice_days=30, end_date=None)
        assert table(pack_of(published), "Dates") == [
            [date(2026, 5, 31), "ends", "s3", "Meetings"],
            [date(2027, 2, 28), "last day to change or cancel", "s1", "Meetings"],
        ]


@pytest.mark.parametrize(
    ("skill", "shown", "said"),
    [
        (None, "not known", "no better than the base rate"),
        (0.0, "+0.000", "no better than the base rate"),
        (-0.2, "-0.200", "no better than the base rate"),
        (0.2, "+0.200", "better than the base rate"),
    ],
)
def test_each_probability_says_what_the_forecast_is_worth(skill: float | None, shown: str, said: str) -> None:
    with marts() as published:
        overview(published.connection)
        for name, probability in (("s1", 0.25), ("s2", 0.5), ("s3", None)):
            position(published.connection, name)
            insert(
                published.connection, "overage_risk", customer_id="c1", product="meetings", subscription_id=name,
                headroom_licenses=10, headroom_band="under 80 %", growth_band="slow",
                probability_over_limit_90d=probability,
            )  # fmt: skip
        insert(published.connection, "forecast_skill", skill=skill)
        pack = pack_of(published)
    (lead,) = (found.lead for found in pack.tables if found.title == "Risk of exceeding")
    assert lead.endswith(f" Forecast skill: {shown}.")
    rows = table(pack, "Risk of exceeding")
    assert [(row[0], row[5], row[6]) for row in rows] == [("s2", 0.5, said), ("s1", 0.25, said)]


def test_without_terms_money_is_missing_and_the_pack_says_so() -> None:
    with marts() as published:
        overview(
            published.connection, owner=None, segment=None, currency=None, value_12m=None, unpriced_subscriptions=1
        )
        position(published.connection, currency=None, value_12m=None)
        pack = pack_of(published)
    assert dict(pack.facts)["Value of 12 months"] == "–"
    assert any("contract_lines" in note for note in pack.notes)
    assert "looked after" not in pack.subtitle
    assert any("accounts" in note for note in pack.notes)


def test_where_an_owner_is_known_nothing_is_said_of_accounts() -> None:
    with marts() as published:
        overview(published.connection)
        position(published.connection)
        pack = pack_of(published)
    assert pack.subtitle.endswith("looked after by Ann <i>Ott</i>")
    assert not any("accounts" in note for note in pack.notes)


def test_currencies_stand_side_by_side() -> None:
    with marts() as published:
        overview(published.connection, currency=None, value_12m=None)
        position(published.connection)
        position(published.connection, "s2", currency="USD", value_12m=100.0)
        position(published.connection, "s3", value_12m=0.5)
        assert dict(pack_of(published).facts)["Value of 12 months"] == "4,800.50 EUR, 100.00 USD"


def test_a_customer_that_is_not_there_on_the_date_has_no_figures() -> None:
    with marts() as published:
        overview(published.connection)
        assert read_figures(published, Customer("p1", "c2", "nobody"), DAY) is None
        assert read_figures(published, CUSTOMER, date(2026, 3, 21)) is None
        assert read_figures(published, CUSTOMER, DAY) is not None

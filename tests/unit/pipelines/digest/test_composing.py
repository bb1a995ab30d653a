"""What a digest holds, against a publication that was worked out by hand."""

from datetime import timedelta

import pytest

from pipelines.digest.composing import compose, monday_of

from .conftest import BEFORE, HOSTILE, SUNDAY, joined, marts, row, whole_week


def only(digest):
    (block,) = digest.blocks
    return block


def figures(block):
    return {one.name: (one.value, one.week_ago, one.change) for one in block.figures}


def test_head_figures_and_what_they_changed_by(publish):
    found = figures(only(compose(publish(marts()), {"acme": SUNDAY})))
    assert found == {
        "customers": (2, 3, -1),
        "subscriptions": (3, 4, -1),
        "total_licenses": (30, 37, -7),
        "assigned_licenses": (28, 32, -4),
        "used_licenses": (15, 20, -5),
        "expiring_customers": (1, 1, 0),
        "renewing_customers": (0, 0, 0),
        "low_assignment_customers": (0, 0, 0),
        "over_limit_customers": (1, 0, 1),
        "overage_licenses": (2, 0, 2),
        "overdue_decisions": (1, 1, 0),
        "decisions_in_30_days": (0, 0, 0),
    }


def test_an_owner_s_digest_is_of_that_owner_s_customers_alone(publish):
    opened = publish(marts())
    block = only(compose(opened, {"acme": SUNDAY}, ["Ann"]))
    assert figures(block)["total_licenses"] == (10, 17, -7)
    assert [one["customer_id"] for one in block.actions] == ["c1"]
    assert [one["customer_id"] for one in block.new_on_lists] == ["c1"]
    assert [(one["customer_id"], one["owner"]) for one in block.outcomes] == [("c3", "Ann")]  # hers until it went
    assert [one.currency for one in block.money] == ["EUR"]
    ben = only(compose(opened, {"acme": SUNDAY}, ["Ben"]))
    assert {one["customer_id"] for one in [*ben.actions, *ben.new_on_lists, *ben.outcomes]} == {"c2"}
    both = only(compose(opened, {"acme": SUNDAY}, ["Ann", "Ben"]))
    assert figures(both)["total_licenses"] == (30, 37, -7)


def test_new_on_the_lists_is_what_was_on_none_of_them_a_week_before(publish):
    block = only(compose(publish(marts()), {"acme": SUNDAY}))
    assert [(one["subscription_id"], one["lists"]) for one in block.new_on_lists] == [("S1", ["over_limit"])]


def test_outcomes_are_those_told_since_monday(publish):
    block = only(compose(publish(marts()), {"acme": SUNDAY}))
    assert monday_of(SUNDAY) == SUNDAY - timedelta(days=6)
    assert [(one["as_of_date"], one["outcome"]) for one in block.outcomes] == [(monday_of(SUNDAY), "lost")]


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        ((6,), "2026-03-16 is"),
        ((6, 3), "2026-03-16 and 2026-03-19 are"),
        ((5, 4, 1), "2026-03-17, 2026-03-18 and 2026-03-21 are"),
        ((), None),
    ],
)
def test_days_of_the_week_that_are_not_published_are_named(publish, missing, said):
    absent = [SUNDAY - timedelta(days=back) for back in missing]
    rows = whole_week(marts(), but=absent)
    rows["portfolio_kpis"] += [row(day, "zen") for day in absent]  # what another partner has published is no matter
    block = only(compose(publish(rows), {"acme": SUNDAY}))
    assert list(block.unpublished_days) == absent
    notes = [note for note in block.notes if "decided this week" in note]
    assert notes == ([f"{said} not published: what was decided this week may not all be here."] if said else [])


def test_currencies_stand_side_by_side_and_are_never_added(publish):
    block = only(compose(publish(marts()), {"acme": SUNDAY}))
    found = [(m.currency, m.value_12m, m.change_12m, m.to_decide_12m, m.avoidable_12m) for m in block.money]
    assert found == [("EUR", 1200.0, 200.0, None, None), ("USD", 500.0, 0.0, 500.0, 50.0)]
    assert block.unpriced_subscriptions == 1


def test_where_the_week_before_is_not_published_nothing_is_called_new(publish):
    rows = {mart: [one for one in given if one["as_of_date"] > BEFORE] for mart, given in marts().items()}
    block = only(compose(publish(rows), {"acme": SUNDAY}))
    assert block.new_on_lists is None
    assert {one.change for one in block.figures} == {None}
    assert {one.change_12m for one in block.money} == {None}
    assert "2026-03-15 is not published: what changed within the week, and what is new, can't be told." in block.notes


def test_without_prices_and_owners_all_else_is_there_and_the_notes_say_what_to_deliver(publish):
    bare = {
        mart: [
            {name: value for name, value in one.items() if name not in ("owner", "currency", "value_12m")}
            for one in rows
        ]
        for mart, rows in marts().items()
    }
    block = only(compose(publish(whole_week(bare)), {"acme": SUNDAY}))
    assert figures(block)["total_licenses"] == (30, 37, -7)
    assert (len(block.actions), len(block.new_on_lists), len(block.outcomes), block.money) == (2, 1, 1, [])
    assert [note.partition(":")[0] for note in block.notes] == [
        "There are no prices",
        "Nobody is named as a customer's owner",
    ]
    assert "contract_lines" in block.notes[0] and "accounts" in block.notes[1]


def test_an_owner_who_was_named_for_the_first_time_is_compared_with_nothing(publish):
    rows = marts()
    for one in [*rows["dim_customers"], *rows["license_positions"]]:
        if one["as_of_date"] == BEFORE:
            one["owner"] = None
    block = only(compose(publish(rows), {"acme": SUNDAY}, ["Ann"]))
    assert figures(block)["customers"] == (1, None, None)
    assert [one["lists"] for one in block.new_on_lists] == [["over_limit"]]  # a list is a list, whoever it belonged to


def test_a_partner_that_lags_has_its_own_day_and_says_so(publish):
    zen = joined(marts("zen"))
    later = joined(marts(), zen) | {
        "portfolio_kpis": [*joined(marts(), zen)["portfolio_kpis"], row(SUNDAY + timedelta(1))]
    }
    digest = compose(publish(later), {"acme": SUNDAY + timedelta(1), "zen": SUNDAY})
    assert (digest.day, digest.week) == (SUNDAY + timedelta(1), "2026-W13")
    assert [(block.partner, block.day) for block in digest.blocks] == [("acme", digest.day), ("zen", SUNDAY)]
    assert digest.blocks[1].notes[0] == "These figures are 1 day behind the newest that are published."
    assert digest.blocks[0].figures[0].value == 0  # of its own day


@pytest.mark.parametrize("provisional", [None, SUNDAY])
def test_a_provisional_day_is_called_one(publish, provisional):
    block = only(compose(publish(marts(), provisional=provisional), {"acme": SUNDAY}))
    assert block.is_provisional is (provisional is not None)
    assert block.actions[0]["customer_name"] == HOSTILE  # as it was delivered: writing it is another's affair

"""A partner that stops delivering is named where its data is shown: behind the others, or bridged by old snapshots."""

from datetime import date, timedelta

import duckdb
import pytest

from cli.screen.reach import reach_lines
from storage.reading.opening import open_publication
from storage.reading.reach import PartnerReach, newest_reach

from ..conftest import NEWEST, OLDER

DAY, BEFORE = date(2026, 3, 10), date(2026, 3, 8)


def test_partners_that_reach_the_newest_day_share_a_line():
    assert list(reach_lines([PartnerReach("a", DAY), PartnerReach("b", DAY)])) == [
        "data as of 2026-03-10: partners a, b"
    ]
    assert list(reach_lines([PartnerReach("a", DAY)])) == ["data as of 2026-03-10: partner a"]
    assert list(reach_lines([])) == []


def test_those_that_lag_are_named_with_how_far_and_by_what():
    bridged = {"customers": BEFORE, "subscriptions": DAY - timedelta(days=1), "license_assignments": BEFORE}
    level, behind, old = reach_lines(
        [PartnerReach("c", DAY, bridged), PartnerReach("a", DAY), PartnerReach("b", BEFORE)]
    )
    assert level == "data as of 2026-03-10: partner a"
    assert behind == "data as of 2026-03-08: partner b: behind 2026-03-10, the newest that is published, by 2 days"
    assert old.startswith("data as of 2026-03-10: partner c: bridged: ")
    assert old.endswith("customers, license_assignments of 2026-03-08; subscriptions of 2026-03-09")


def test_hundreds_of_partners_are_a_few_lines():
    level = [PartnerReach(f"level {number:03}", DAY) for number in range(300)]
    late = [PartnerReach(f"late {number:03}", BEFORE) for number in range(200)]
    lines = list(reach_lines([*level, *late]))
    assert lines[0] == "data as of 2026-03-10: 300 partners"
    assert lines[1].startswith("data as of 2026-03-08: partner late 000: behind 2026-03-10")
    assert lines[-1] == "and 190 more partners lag; `portfolio show --partner ID` says how"
    assert len(lines) == 12


@pytest.fixture
def bridged(home):
    """On acme's newest day its licences are of the day before, and its subscriptions are three days old."""
    with duckdb.connect(str(home / "serving" / "portfolio.duckdb")) as connection:
        connection.execute(
            "insert into marts.license_positions (as_of_date, partner_id, product, subscription_id, snapshot_date)"
            " values (?, 'acme', 'meetings', 's', ?), (?, 'acme', 'meetings', 's', ?)",
            [NEWEST, OLDER, OLDER, OLDER],
        )
        connection.execute(
            "create table meta.freshness (subject text, dataset text, partner_id text, newest_date date);"
            f" insert into meta.freshness values ('feed', 'customers', 'acme', '{NEWEST}'),"
            f" ('feed', 'subscriptions', 'acme', '{NEWEST - timedelta(days=3)}'),"
            " ('feed', 'customers', null, '2026-01-01'),"
            f" ('feed', 'license_assignments', 'acme', '{NEWEST + timedelta(days=1)}'),"
            f" ('feed', 'license_usage', 'acme', '2026-01-01'), ('publication', null, 'acme', '2026-01-01')"
        )
    return home


def test_bridged_snapshots_are_found_in_the_publication(bridged):
    with open_publication(bridged / "serving") as marts:
        acme, zen = newest_reach(marts)
    assert acme == PartnerReach(
        "acme", NEWEST, {"subscriptions": NEWEST - timedelta(days=3), "license_assignments": OLDER}
    )
    assert zen == PartnerReach("zen", OLDER)


def test_show_says_so_below_the_date(portfolio, bridged):
    shown = portfolio("show", "kpis", "--home", bridged, "--partner", "acme", columns=140).output.splitlines()
    assert shown[:2] == [
        "Data as of 2026-03-22  partner acme",
        "  bridged: subscriptions of 2026-03-19; license_assignments of 2026-03-21",
    ]
    shown = portfolio("show", "kpis", "--home", bridged, "--partner", "zen").output.splitlines()
    assert shown[1] == "  behind 2026-03-22, the newest that is published, by 1 day"
    # Of an earlier day only what its own rows say is known.
    shown = portfolio("show", "kpis", "--home", bridged, "--as-of", OLDER, "--partner", "acme").output.splitlines()
    assert shown[:2] == ["Data as of 2026-03-21  partner acme", ""]

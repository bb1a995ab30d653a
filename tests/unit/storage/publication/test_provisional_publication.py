"""A day that was published before it was over is marked, wherever a publication says what it is."""

import hashlib
import json

import duckdb

from storage.publication.publication import publish, published_days, read_publication

from .small_marts import days, fill, read, request


def provisional(serving):
    ((day,),) = read(serving, "select provisional_as_of_date from meta.publication")
    assert json.loads((serving / "portfolio.current.json").read_text())["provisional_as_of_date"] == (day and str(day))
    assert read_publication(serving).provisional_as_of_date == day
    return day


def test_a_provisional_day_keeps_its_mark_until_it_is_replaced(warehouse, serving):
    fill(warehouse, {(day, "p"): 10 for day in days(0, 1, 2)})
    publish(request(warehouse, days(0, 1)))
    assert provisional(serving) is None
    publish(request(warehouse, days(2), provisional_days=days(2)))
    assert provisional(serving) == days(2)[0]
    # Another day is published later: the rows of the provisional one are those from before it was over.
    publish(request(warehouse, days(0)))
    assert provisional(serving) == days(2)[0]
    publish(request(warehouse, days(2)))
    assert provisional(serving) is None


def test_a_provisional_day_that_is_taken_away_leaves_no_mark(warehouse, serving):
    fill(warehouse, {(day, "p"): 10 for day in days(0, 1)})
    publish(request(warehouse, days(0, 1), provisional_days=days(1)))
    publish(request(warehouse, days(1), built=[], built_days=days(0)))
    assert published_days(serving) == set(days(0))
    assert provisional(serving) is None


def test_a_publication_made_from_all_built_days_marks_what_the_ledger_says(warehouse, serving):
    fill(warehouse, {(day, "p"): 10 for day in days(0, 1)})
    publish(request(warehouse, days(0, 1), provisional_days=days(1)))
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("alter table marts.expiring_kpis add column more bigint")
    publish(request(warehouse, days(0), provisional_days=days(1), built_days=days(0, 1)))
    assert provisional(serving) == days(1)[0]


def test_a_day_before_the_provisional_one_may_be_pruned(warehouse, serving):
    fill(warehouse, {(day, "p"): 10 for day in days(0, 1)})
    publish(request(warehouse, days(0, 1), provisional_days=days(1)))
    publish(request(warehouse, days(0), built=[], built_days=days(1), provisional_days=days(1), anew=True))
    assert provisional(serving) == days(1)[0]


def test_a_publication_of_an_earlier_version_is_read_and_patched(warehouse, serving):
    fill(warehouse, {(day, "p"): 10 for day in days(0, 1)})
    first = publish(request(warehouse, days(0)))
    for path in (serving / "portfolio.duckdb", serving / "publications" / first.publication_id / "portfolio.duckdb"):
        with duckdb.connect(str(path)) as connection:
            connection.execute("alter table meta.publication drop column provisional_as_of_date")
    described = json.loads((serving / "portfolio.current.json").read_text())
    written = (serving / "publications" / first.publication_id / "portfolio.duckdb").read_bytes()
    (serving / "portfolio.duckdb").write_bytes(written)
    described |= {"bytes": len(written), "sha256": hashlib.sha256(written).hexdigest()}
    (serving / "portfolio.current.json").write_text(json.dumps(described))
    assert read_publication(serving) == first
    publish(request(warehouse, days(1), provisional_days=days(1)))
    assert published_days(serving) == set(days(0, 1))
    assert provisional(serving) == days(1)[0]


def test_the_version_that_an_earlier_publication_names_is_the_raw_contract_s(warehouse, serving):
    fill(warehouse, {(day, "p"): 10 for day in days(0, 1)})
    publish(request(warehouse, days(0), contract_version="1", raw_contract_version="1"))
    with duckdb.connect(str(serving / "portfolio.duckdb")) as connection:
        connection.execute("alter table meta.publication drop column raw_contract_version")
    earlier = read_publication(serving)
    assert (earlier.contract_version, earlier.raw_contract_version) == (None, "1")
    again = publish(request(warehouse, days(1), built_days=days(0, 1), raw_contract_version="1.1"))
    assert (again.contract_version, again.raw_contract_version) == ("1", "1.1")
    assert read_publication(serving) == again

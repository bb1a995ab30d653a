"""The mapping as a source: what is new is delivered once, corrections replace, weekly snapshots are carried."""

import os
from datetime import timedelta

import pytest

from sources.errors import SourceError
from sources.landing.writing import replacing_partition
from sources.mapping.places import MappingPlace

from .exports import FIRST, NEXT, ONE_DAY_FEED, USAGE_FEED, WEEKLY_FEED, Exports
from .mapped import CUSTOMERS, TODAY


def test_what_is_new_is_offered_and_delivered_once(tmp_path):
    exports = Exports(tmp_path, ONE_DAY_FEED, USAGE_FEED)
    exports.put("customers-2026-03-01.csv", "1,Ada", "2,Bob")
    exports.put_usage("usage.csv", "1,u,5,01.03.2026", "1,u,6,02.03.2026")
    assert exports.offered() == [("customers", FIRST), ("license_usage", FIRST), ("license_usage", NEXT)]
    assert not exports.landing.exists()
    came = exports.deliver()
    assert [(one.dataset, one.day, one.came, one.problem) for one in came] == [
        ("customers", FIRST, "customers-2026-03-01.csv: 2 rows", ""),
        ("license_usage", FIRST, "usage.csv: 1 rows", ""),
        ("license_usage", NEXT, "usage.csv: 1 rows", ""),
    ]
    assert exports.landed() == {
        "customers 2026-03-01": ["p,1,Ada", "p,2,Bob"],
        "license_usage 2026-03-01": ["p,1,s,meetings,u,5,"],
        "license_usage 2026-03-02": ["p,1,s,meetings,u,6,"],
    }
    assert exports.offered() == []
    os.utime(exports.inbox / "usage.csv", (1, 1))  # touched, and not changed
    assert exports.offered() == []


def test_a_newer_file_of_a_snapshot_replaces_an_older_one_and_never_the_other_way(tmp_path):
    exports = Exports(tmp_path, ONE_DAY_FEED)
    exports.put("customers-2026-03-01-b.csv", "1,new")
    exports.deliver()
    exports.put("customers-2026-03-01-a.csv", "1,old")
    os.utime(exports.inbox / "customers-2026-03-01-a.csv", (1_600_000_000, 1_600_000_000))
    assert exports.offered() == []
    exports.put("customers-2026-03-01-c.csv", "1,newest")
    exports.deliver()
    assert exports.landed() == {"customers 2026-03-01": ["p,1,newest"]}
    (exports.inbox / "customers-2026-03-01-c.csv").unlink()
    assert exports.offered() == []  # what was delivered stays


def test_usage_adds_and_a_file_of_the_same_name_replaces_what_came_from_it(tmp_path):
    exports = Exports(tmp_path, USAGE_FEED)
    exports.put_usage("usage-a.csv", "1,u,5,01.03.2026", "1,u,7,02.03.2026")
    exports.put_usage("usage-b.csv", "2,v,6,01.03.2026")
    exports.deliver()
    day = "license_usage 2026-03-01"
    assert exports.landed()[day] == ["p,1,s,meetings,u,5,", "p,2,s,meetings,v,6,"]
    exports.put_usage("usage-a (1).csv", "1,u,5,01.03.2026", "1,u,7,02.03.2026")  # a copy
    assert exports.offered() == []
    exports.put_usage("usage-a.csv", "1,u,50,01.03.2026")
    exports.deliver()
    assert exports.landed()[day] == ["p,1,s,meetings,u,50,", "p,2,s,meetings,v,6,"]
    assert exports.landed()["license_usage 2026-03-02"] == ["p,1,s,meetings,u,7,"]  # a file says nothing of other days
    assert exports.offered() == []  # the copy of what was corrected is still none


def test_feeds_add_to_each_other_and_to_what_others_delivered(tmp_path):
    other = {**ONE_DAY_FEED, "files": "b/*.csv", "columns": {**CUSTOMERS, "partner_id": {"constant": "q"}}}
    exports = Exports(tmp_path, ONE_DAY_FEED, other)
    by_hand = exports.landing / "customers" / "2026-03-01" / "export.csv"
    by_hand.parent.mkdir(parents=True)
    by_hand.write_text("partner_id,customer_id,customer_name\nr,9,Zoe\n")
    exports.put("customers-2026-03-01.csv", "1,Ada")
    exports.put("b/2026-03-01.csv", "1,Bob")
    exports.deliver()
    assert exports.landed() == {"customers 2026-03-01": ["p,1,Ada", "q,1,Bob", "r,9,Zoe"]}
    with replacing_partition(exports.landing, "customers", FIRST) as folder:  # another source forgets the others
        (folder / "export.csv").write_text("partner_id,customer_id,customer_name\nr,9,Zoe\n")
    exports.deliver()
    assert exports.landed() == {"customers 2026-03-01": ["p,1,Ada", "q,1,Bob", "r,9,Zoe"]}
    with replacing_partition(exports.landing, "customers", FIRST, lambda name: name.startswith("mapped-")) as folder:
        (folder / "new.csv").write_text("partner_id,customer_id,customer_name\nr,9,Zora\n")
    assert exports.landed() == {"customers 2026-03-01": ["p,1,Ada", "q,1,Bob", "r,9,Zora"]}


def test_a_file_that_cant_be_mapped_is_named_and_holds_up_nothing(tmp_path):
    exports = Exports(tmp_path, ONE_DAY_FEED)
    exports.put("customers-2026-03-01.csv", "1,Ada")
    exports.put("customers-2026-03-01-newer.csv", "x", header="id,title")
    exports.put("customers-2026-03-02.csv", "2,Bob")
    exports.put("customers.csv", "3,Cy")
    said = {(one.day, one.problem) for one in exports.deliver()}
    assert exports.landed() == {"customers 2026-03-01": ["p,1,Ada"], "customers 2026-03-02": ["p,2,Bob"]}
    problems = sorted(problem for _, problem in said if problem)
    assert problems[0] == "customers-2026-03-01-newer.csv has no column 'name'; it has id, title"
    assert problems[1].startswith("customers.csv has no day in its name")
    assert {problem for _, problem in said} - {""} == set(problems)
    assert len(exports.offered()) == 2  # both are tried again
    exports.put("customers-2026-03-01-newer.csv", "1,Ida")
    exports.deliver()
    assert exports.landed()["customers 2026-03-01"] == ["p,1,Ida"]


def test_files_that_are_still_written_wait(tmp_path):
    exports = Exports(tmp_path, {**ONE_DAY_FEED, "files": "*"})
    (exports.inbox / "customers-2026-03-01.csv").write_text("id,name\n1,Ada\n")
    for name in ("customers-2026-03-02.csv.part", "c-2026-03-03.csv.TMP", "~$c-2026-03-04.xlsx", ".c-2026-03-05.csv"):
        exports.put(name, "2,Bob")
    state = exports.source.look()
    assert [file.relative for file in state.listing.waiting] == [
        "c-2026-03-03.csv.TMP",
        "customers-2026-03-01.csv",
        "customers-2026-03-02.csv.part",
    ]
    assert exports.offered() == []
    exports.put("customers-2026-03-01.csv", "1,Ada")
    assert exports.offered() == [("customers", FIRST)]


def test_a_changed_feed_delivers_its_files_anew_and_one_with_another_pattern_takes_over(tmp_path):
    exports = Exports(tmp_path, ONE_DAY_FEED)
    exports.put("customers-2026-03-01.csv", "1,ada")
    exports.deliver()
    upper = {**CUSTOMERS, "customer_name": {"from": "name", "case": "upper"}}
    exports.declare({**ONE_DAY_FEED, "columns": upper})
    exports.deliver()
    assert exports.landed() == {"customers 2026-03-01": ["p,1,ADA"]}
    exports.declare({**ONE_DAY_FEED, "files": "*.csv"})
    exports.deliver()
    assert exports.landed() == {"customers 2026-03-01": ["p,1,ada"]}
    assert exports.offered() == []


def test_a_feed_with_another_pattern_takes_over_what_was_carried_and_earlier_files_of_a_day(tmp_path):
    exports = Exports(tmp_path, WEEKLY_FEED)
    exports.put("customers-2026-03-01.csv", "1,Ada")
    exports.deliver()
    renamed = {**WEEKLY_FEED, "files": "*.csv"}
    exports.declare(renamed)
    exports.put("customers-2026-03-01-corrected.csv", "1,Ida")
    exports.deliver()
    days = [f"customers 2026-03-0{day}" for day in range(1, 8)]
    assert exports.landed() == {day: ["p,1,Ida"] for day in days[:4]}
    exports.declare(WEEKLY_FEED)
    exports.put("customers-2026-03-03.csv", "1,Bob")
    exports.deliver()
    assert exports.landed() == {day: ["p,1,Ida" if day < days[2] else "p,1,Bob"] for day in days[:6]}
    assert exports.offered() == []


def test_a_feed_of_other_files_takes_nothing_over(tmp_path):
    other = {**ONE_DAY_FEED, "files": "b/*.csv", "columns": {**CUSTOMERS, "partner_id": {"constant": "q"}}}
    exports = Exports(tmp_path, WEEKLY_FEED)
    exports.put("customers-2026-03-01.csv", "1,Ada")
    exports.deliver()
    exports.declare(other)
    exports.put("b/2026-03-01.csv", "1,Bob")
    exports.put("b/2026-03-02.csv", "1,Bob")
    exports.deliver()
    assert (
        exports.landed()["customers 2026-03-01"] == exports.landed()["customers 2026-03-02"] == ["p,1,Ada", "q,1,Bob"]
    )


@pytest.mark.parametrize("begins", [True, False])
def test_files_that_begin_or_cease_to_add_up_count_once(tmp_path, begins):
    parts, one = {**ONE_DAY_FEED, "files_add_up": "true"}, ONE_DAY_FEED
    exports = Exports(tmp_path, one if begins else parts)
    exports.put("customers-2026-03-01-a.csv", "1,Ada")
    exports.put("customers-2026-03-01-b.csv", "2,Bob")
    exports.deliver()
    exports.declare(parts if begins else one)
    exports.deliver()
    assert exports.landed() == {"customers 2026-03-01": ["p,1,Ada", "p,2,Bob"] if begins else ["p,2,Bob"]}
    assert exports.offered() == []


def test_a_changed_table_of_a_lookup_delivers_anew(tmp_path):
    named = {"from": "name", "lookup": {"file": "names.csv", "key": "k", "value": "v"}}
    exports = Exports(tmp_path, {**ONE_DAY_FEED, "columns": {**CUSTOMERS, "customer_name": named}})
    (tmp_path / "names.csv").write_text("k,v\na,Ada\n")
    exports.put("customers-2026-03-01.csv", "1,a", "2,b")
    exports.deliver()
    assert exports.landed() == {"customers 2026-03-01": ["p,1,Ada", "p,2,b"]}
    (tmp_path / "names.csv").write_text("k,v\na,Ada\nb,Bob\n")
    exports.deliver()
    assert exports.landed() == {"customers 2026-03-01": ["p,1,Ada", "p,2,Bob"]}


def test_a_weekly_snapshot_is_carried_until_the_real_one_comes(tmp_path):
    exports = Exports(tmp_path, WEEKLY_FEED)
    exports.put("customers-2026-03-01.csv", "1,Ada")
    exports.deliver()
    days = [f"customers 2026-03-0{day}" for day in range(1, 8)]
    assert exports.landed() == {day: ["p,1,Ada"] for day in days[:4]}
    assert [(one.dataset, one.since, len(one.days)) for one in exports.source.carried()] == [("customers", FIRST, 3)]
    assert exports.offered() == []
    exports.put("customers-2026-03-03.csv", "1,Bob")
    exports.deliver()
    assert exports.landed() == {
        **{day: ["p,1,Ada"] for day in days[:2]},
        **{day: ["p,1,Bob"] for day in days[2:6]},
    }
    exports.put("customers-2026-03-01.csv", "1,Ida")  # a correction is carried, too
    exports.deliver()
    assert exports.landed()[days[0]] == exports.landed()[days[1]] == ["p,1,Ida"]
    assert exports.landed()[days[2]] == ["p,1,Bob"]
    assert exports.offered() == []


def test_nothing_is_carried_to_a_day_that_is_not_over(tmp_path):
    exports = Exports(tmp_path, WEEKLY_FEED)
    exports.today = NEXT + timedelta(days=1)
    exports.put("customers-2026-03-01.csv", "1,Ada")
    exports.deliver()
    assert list(exports.landed()) == ["customers 2026-03-01", "customers 2026-03-02"]
    exports.today += timedelta(days=1)
    assert exports.offered() == [("customers", exports.today - timedelta(days=1))]


def test_a_history_without_end_grows_day_by_day(tmp_path):
    history = {"valid_from": "from", "first": "2026-03-08"}
    exports = Exports(tmp_path, {**ONE_DAY_FEED, "day": None, "history": history} | {"files": "h.csv"})
    exports.declare(
        {key: value for key, value in {**ONE_DAY_FEED, "files": "h.csv", "history": history}.items() if key != "day"}
    )
    exports.put("h.csv", "1,Ada,2026-01-01", header="id,name,from")
    exports.deliver()
    assert list(exports.landed()) == ["customers 2026-03-08", "customers 2026-03-09"]
    exports.today += timedelta(days=1)
    assert exports.offered() == [("customers", TODAY)]
    exports.deliver()
    assert len(exports.landed()) == 3


def test_a_day_that_was_given_is_remembered(tmp_path):
    feed = {key: value for key, value in ONE_DAY_FEED.items() if key != "day"}
    exports = Exports(tmp_path, feed)
    exports.put("customers.csv", "1,Ada")
    (problem,) = exports.deliver()
    assert "`portfolio map run --day`" in problem.problem
    source = exports.source
    source._place = MappingPlace(**{**source._place.__dict__, "given_day": FIRST})
    list(source.deliver(list(source.offers("customers")), print))
    assert exports.landed() == {"customers 2026-03-01": ["p,1,Ada"]}
    assert exports.offered() == []


def test_a_mapping_that_cant_be_used_is_one_line_and_offers_nothing(tmp_path):
    exports = Exports(tmp_path, ONE_DAY_FEED)
    exports.put("customers-2026-03-01.csv", "1,Ada")
    exports.inbox.rename(tmp_path / "elsewhere")
    with pytest.raises(SourceError, match=r"inbox .* is no folder; make it, or name another one \(PORTFOLIO_INBOX\)"):
        exports.source.check()
    (tmp_path / "elsewhere").rename(exports.inbox)
    exports.declare({**ONE_DAY_FEED, "dataset": "clients"})
    with pytest.raises(SourceError, match=r"^mapping\.yaml: feeds\[0\]\.dataset: there is no dataset 'clients'"):
        exports.source.check()
    assert exports.offered() == []

"""What a file's path says: a column of it, files of a day that add up, and what an inbox may not hold."""

import io
import os
import zipfile
from datetime import date
from pathlib import Path

import pytest

from sources.mapping.inbox import InboxFile, list_inbox, taken

from .exports import FIRST, NEXT, ONE_DAY_FEED, Exports
from .mapped import CUSTOMERS, USAGE, feed_of, mapped, put, rows_of

FROM_PATH = {"path": "true", "regex": "customers-([^-]+)-"}


def test_a_path_is_a_column_like_any_other(tmp_path):
    feed = feed_of(
        files="**/customers*.csv",
        columns={**CUSTOMERS, "customer_id": {"path": "true", "regex": "^([^/]+)/", "case": "upper"}},
    )
    name = put(tmp_path, "acme inc/customers-2026-03-01.csv", "name\nAda\nBob\n")
    assert [row["customer_id"] for row in rows_of(mapped(tmp_path, feed, name))] == ["ACME INC"] * 2


def test_the_path_goes_on_into_an_archive(tmp_path):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        for day in (1, 2):
            file.writestr(f"out/usage-2026030{day}.csv", f"customer,user,count\nc,u{day},{day}\n")
    put(tmp_path, "all.zip", packed.getvalue())
    day = {"column": {"path": "true", "regex": r"all\.zip/out/usage-(\d{8})", "date": "%Y%m%d"}}
    made = mapped(tmp_path, feed_of(dataset="license_usage", day=day, columns=USAGE), "all.zip")
    found = {on: [row["user_id"] for row in rows_of(made, on)] for on in made.files}
    assert found == {FIRST: ["u1"], NEXT: ["u2"]}


def test_files_with_the_same_content_differ_by_a_path_that_is_a_column(tmp_path):
    feed = {
        "dataset": "license_usage",
        "files": "*/usage.csv",
        "day": {"column": {"from": "day", "date": "%d.%m.%Y"}},
        "columns": {**USAGE, "customer_id": {"path": "true", "regex": "^([^/]+)"}},
    }
    exports = Exports(tmp_path, feed)
    for customer in ("a", "b"):
        exports.put_usage(f"{customer}/usage.csv", "x,u,1,01.03.2026")
    exports.deliver()
    rows = [f"p,{customer},s,meetings,u,1," for customer in ("a", "b")]
    assert exports.landed() == {"license_usage 2026-03-01": rows}
    assert exports.offered() == []


def test_files_of_a_day_add_up_where_the_feed_says_so(tmp_path):
    feed = {**ONE_DAY_FEED, "files_add_up": "true", "columns": {**CUSTOMERS, "customer_id": FROM_PATH}}
    exports = Exports(tmp_path, feed)
    exports.put("customers-a-2026-03-01.csv", "x,Ada")
    exports.put("customers-b-2026-03-01.csv", "x,Bob")
    exports.deliver()
    assert exports.landed() == {"customers 2026-03-01": ["p,a,Ada", "p,b,Bob"]}
    exports.put("customers-a-2026-03-01.csv", "x,Ada Lovelace")
    exports.deliver()
    assert exports.landed() == {"customers 2026-03-01": ["p,a,Ada Lovelace", "p,b,Bob"]}
    assert exports.offered() == []


def taken_paths(pattern: str, *paths: str) -> list[str]:
    files = [InboxFile(path, 1, 1, 1) for path in paths]
    return [file.relative for file in taken(feed_of(files=pattern), files)]


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        ("a*.csv", ["a.csv", "AB.CSV", "a [1].csv"], ["b/a.csv", "a/b.csv", "a.csv.gz", "xa.csv"]),
        ("**/a.csv", ["a.csv", "x/a.csv", "x/y/A.csv"], ["xa.csv"]),
        ("x/**", ["x/a", "x/y/b"], ["x", "y/x/a"]),
        ("?.csv", ["1.csv", "é.csv"], ["12.csv", "/.csv"]),
        ("Über (neu)+[1].csv", ["über (NEU)+[1].csv"], ["über neu1.csv"]),
    ],
)
def test_patterns(pattern, yes, no):
    assert taken_paths(pattern, *yes, *no) == yes


def test_a_pattern_of_many_stars_is_soon_done():
    assert taken_paths("*a" * 40 + "b", "a" * 250) == []
    assert taken_paths("**/a/" * 40 + "b", "a/" * 900 + "c") == []


def listed(inbox: Path) -> tuple[list[str], dict[str, str]]:
    found = list_inbox(inbox, waits=False)
    return [file.relative for file in found.files], dict(found.unusable)


def test_links_out_of_the_inbox_are_named_and_not_read(tmp_path):
    inbox, outside = tmp_path / "inbox", tmp_path / "outside"
    (inbox / "in").mkdir(parents=True)
    outside.mkdir()
    (outside / "secret.csv").write_text("id,name\n1,x\n")
    (inbox / "in" / "real.csv").write_text("id,name\n1,x\n")
    (inbox / "out.csv").symlink_to(outside / "secret.csv")
    (inbox / "folder").symlink_to(outside)
    (inbox / "nowhere.csv").symlink_to(tmp_path / "gone")
    (inbox / "own.csv").symlink_to(Path("in") / "real.csv")
    files, unusable = listed(inbox)
    assert files == ["in/real.csv", "own.csv"]
    assert unusable == {
        "out.csv": "is a link to a file outside the inbox; put the file itself there",
        "folder": "is a link to a folder, or to nothing; links to files of the inbox are followed",
        "nowhere.csv": "is a link to a folder, or to nothing; links to files of the inbox are followed",
    }


def test_an_inbox_that_is_a_link_is_read(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a.csv").write_text("id\n")
    (tmp_path / "real" / "b.csv").symlink_to("a.csv")
    (tmp_path / "inbox").symlink_to("real")
    assert listed(tmp_path / "inbox") == (["a.csv", "b.csv"], {})


def test_a_name_that_is_no_utf8_is_named_and_holds_up_nothing(tmp_path):
    exports = Exports(tmp_path, ONE_DAY_FEED)
    exports.put("customers-2026-03-01.csv", "1,Ada")
    for name in (b"customers-caf\xe9-2026-03-02.csv", b"d\xe9p\xf4t"):
        (exports.inbox / os.fsdecode(name)).mkdir()
    assert [delivery.day for delivery in exports.deliver()] == [date(2026, 3, 1)]
    assert exports.source.look().not_looked_at == {
        "customers-caf\ufffd-2026-03-02.csv": "has a name that is not UTF-8; rename it",
        "d\ufffdp\ufffdt": "has a name that is not UTF-8; rename it",
    }

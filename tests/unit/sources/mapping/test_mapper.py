"""A file through a feed: every row is accounted for, and lands on the days that it belongs to."""

from datetime import date, timedelta

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from sources.mapping.mapper import file_days, find_days
from sources.readers.errors import UnreadableFileError

from .mapped import DAY, TODAY, USAGE, feed_of, mapped, near, put, rows_of

BY_COLUMN = {"column": {"from": "day", "date": "%d.%m.%Y"}}
NAME = "customers-2026-03-01.csv"


def test_rows_are_dropped_by_named_rules_alone(tmp_path):
    content = (
        "Report;;\n;;\nid;name;type\n(text);(text);\n1;Ada;A\n;;\n \t;\u00a0;\n2;Bob;B\nTotal;;A\n3;Cy;a\n4;Di;C;more\n"
        "printed by X;;\n\n"
    )
    put(tmp_path, NAME, content)
    rules = [
        {"name": "totals", "column": "ID", "equals": " total "},
        {"name": "other types", "column": "type", "not_equals": ["A", "c"]},
    ]
    feed = feed_of(read={"header_row": "3", "skip_rows": "1", "footer_rows": "1"}, rows={"drop": rules})
    made = mapped(tmp_path, feed, NAME)
    assert [(row["customer_id"], row["customer_name"]) for row in rows_of(made)] == [
        ("1", "Ada"),
        ("3", "Cy"),
        ("4", "Di"),
    ]
    assert rows_of(made)[-1]["beyond"] == ["more"]  # one field too many: the contract's check finds it
    assert {rule: count for rule, count in made.account.dropped.items() if count} == {
        "above the header": 1,
        "after the header": 1,
        "empty": 2,
        "footer": 1,
        "totals": 1,
        "other types": 1,
    }
    assert made.account.rows_in == 10


@pytest.mark.parametrize(
    ("condition", "left"),
    [
        ({"equals": ["ada"]}, ["2", "3", "4"]),
        ({"not_equals": "ada"}, ["1"]),
        ({"matches": "^A"}, ["2", "3"]),
        ({"not_matches": "^A"}, ["1", "4"]),
        ({"is_empty": "true"}, ["1", "2", "4"]),
        ({"is_empty": "false"}, ["3"]),
    ],
)
def test_conditions(tmp_path, condition, left):
    put(tmp_path, NAME, "id,name\n1,Ada\n2,Bob\n3, \n4,Al\n")
    feed = feed_of(rows={"drop": [{"name": "rule", "column": "name", **condition}]})
    assert [row["customer_id"] for row in rows_of(mapped(tmp_path, feed, NAME))] == left


def test_the_day_is_in_the_name_the_folder_or_given(tmp_path):
    for declared, name in (
        ({"name": "true"}, "customers-2026-03-01.csv"),
        ({"name": "_(\\d{6})", "format": "%d%m%y"}, "x_010326.csv.gz"),
        ({"folder": "true"}, "from_a/20260301/export.csv"),
        ({"folder": "day=(.*)$", "format": "%d.%m.%Y"}, "day=01.03.2026/export.csv"),
    ):
        assert file_days(feed_of(day=declared), name, near(tmp_path)) == [DAY]
    undeclared = feed_of(day=None)
    assert file_days(undeclared, "x.csv", near(tmp_path), DAY) == [DAY]
    for feed, name, problem in (
        (undeclared, "x.csv", "has no day: give its feed a `day`"),
        (feed_of(), "customers.csv", r"has no day in its name 'customers\.csv'"),
        (feed_of(), "customers-2026-02-30.csv", "has no day in its name"),
        (feed_of(), "customers-2026-03-11.csv", r"is of 2026-03-11, in the future \(UTC\)"),
        (feed_of(), "customers-2018-01-01.csv", "is of 2018-01-01, before 2019-10-01"),
    ):
        with pytest.raises(UnreadableFileError, match=problem):
            file_days(feed, name, near(tmp_path))


def test_a_column_has_many_days_and_a_row_of_none_is_found_by_the_check(tmp_path):
    put(
        tmp_path,
        "u.csv",
        "customer;user;count;day\na;u1;1.000;01.03.2026\na;u2;2;02.03.2026\na;u3;3;\nb;u4;x;31.02.2026\n"
        "b;u5;5;01.03.2026\nb;u6;6;11.03.2026\n",
    )
    feed = feed_of(dataset="license_usage", day=BY_COLUMN, columns=USAGE)
    made = mapped(tmp_path, feed, "u.csv")
    assert find_days(feed, "u.csv", near(tmp_path)) == [DAY, date(2026, 3, 2)]
    made = mapped(tmp_path, feed, "u.csv")
    assert [row["user_id"] for row in rows_of(made)] == ["u1", "u5"]
    assert [row["activity_date"] for row in rows_of(made)] == ["", ""]
    last = rows_of(made, date(2026, 3, 2))
    assert [(row["user_id"], row["activity_count"], row["activity_date"]) for row in last] == [
        ("u2", "2", ""),
        ("u3", "3", "(empty)"),
        ("u4", "x", "31.02.2026"),
        ("u6", "6", "2026-03-11"),
    ]
    assert made.account.undated == 3
    assert made.account.columns["day"].samples == ["31.02.2026"]


def test_a_file_without_any_day_is_one_line(tmp_path):
    put(tmp_path, "u.csv", "customer;user;count;day\na;u1;1;soon\n")
    feed = feed_of(dataset="license_usage", day=BY_COLUMN, columns=USAGE)
    with pytest.raises(UnreadableFileError, match=r"has no row with a day that can be read \('soon'\)"):
        mapped(tmp_path, feed, "u.csv")


def test_a_header_and_no_rows_is_an_empty_partition(tmp_path):
    put(tmp_path, "u-2026-03-01.csv", "customer;user;count\n")
    made = mapped(tmp_path, feed_of(dataset="license_usage", columns=USAGE), "u-2026-03-01.csv")
    assert made.files[DAY].read_text().startswith("partner_id,customer_id,")
    assert rows_of(made) == []


def test_numbers_and_dates_of_cells_are_understood_whatever_the_text_s_signs(tmp_path):
    path = near(tmp_path).inbox / "u-2026-03-01.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet()
    for number, row in enumerate([["customer", "user", "count"], ["a", "u1", 1.234], ["a", "u2", "1.234"]]):
        sheet.write_row(number, 0, row)
    book.close()
    made = mapped(tmp_path, feed_of(dataset="license_usage", columns=USAGE), path.name)
    assert [row["activity_count"] for row in rows_of(made)] == ["1.234", "1234"]


SPAN = {"valid_from": {"from": "from", "date": "%d.%m.%Y"}, "valid_to": {"from": "to", "date": "%d.%m.%Y"}}


def ids_by_day(made):
    return {
        day: sorted(row["customer_id"] for row in rows_of(made, day) if not row["snapshot_date"]) for day in made.files
    }


@pytest.mark.parametrize("excluded", [False, True])
def test_spans_become_a_snapshot_for_each_day(tmp_path, excluded):
    put(
        tmp_path,
        "h.csv",
        "id;name;from;to\n1;Ada;01.02.2026;02.03.2026\n2;Bob;02.03.2026;\n3;Cy;;01.03.2026\n4;Di;01.01.2026;02.01.2026\n"
        "5;Ed;x;\n6;Flo;01.03.2026;y\n",
    )
    history = {**SPAN, "first": "2026-03-01", "last": "2026-03-03", "valid_to_is_excluded": str(excluded)}
    made = mapped(tmp_path, feed_of(day=None, history=history), "h.csv")
    first, second, third = DAY, DAY + timedelta(days=1), DAY + timedelta(days=2)
    assert ids_by_day(made) == {
        first: ["1"] if excluded else ["1", "3"],
        second: ["2"] if excluded else ["1", "2"],
        third: ["2"],
    }
    assert made.account.dropped["outside the history"] == (2 if excluded else 1)
    wrong = [(row["customer_id"], row["snapshot_date"]) for row in rows_of(made, third) if row["snapshot_date"]]
    assert wrong == [("5", "x"), ("6", "y")]


def test_a_range_without_end_goes_to_the_last_day_that_is_over(tmp_path):
    put(tmp_path, "h.csv", "id;name;from;to\n1;Ada;01.02.2026;\n")
    made = mapped(tmp_path, feed_of(day=None, history={**SPAN, "first": "2026-03-07"}), "h.csv")
    assert sorted(made.files) == [date(2026, 3, 7), date(2026, 3, 8), date(2026, 3, 9)]


@settings(max_examples=40, deadline=None)
@given(
    changes=st.lists(
        st.tuples(st.sampled_from("ab"), st.integers(1, 6), st.sampled_from(["x", "y", "z"])), min_size=1, max_size=12
    )
)
def test_a_change_log_becomes_the_state_of_each_day(tmp_path_factory, changes):
    folder = tmp_path_factory.mktemp("log")
    lines = [f"{key};{name};0{day}.03.2026" for key, day, name in changes]
    put(folder, "log.csv", "\n".join(["id;name;on", *lines]))
    history = {"changed_on": {"from": "on", "date": "%d.%m.%Y"}, "first": "2026-03-01", "last": "2026-03-07"}
    made = mapped(folder, feed_of(day=None, history=history), "log.csv")
    for offset in range(7):
        in_order = sorted(changes, key=lambda change: change[1])  # stable: of one day, the last one holds
        state = {key: name for key, day, name in in_order if day <= offset + 1}
        found = {row["customer_id"]: row["customer_name"] for row in rows_of(made, DAY + timedelta(days=offset))}
        assert found == state


def test_a_change_of_no_day_is_found_by_the_check(tmp_path):
    put(tmp_path, "log.csv", "id;name;on\n1;Ada;01.03.2026\n2;Bob;\n3;Cy;soon\n")
    history = {"changed_on": {"from": "on", "date": "%d.%m.%Y"}, "first": "2026-03-01", "last": "2026-03-02"}
    made = mapped(tmp_path, feed_of(day=None, history=history), "log.csv")
    rows = rows_of(made, date(2026, 3, 2))
    assert [(row["customer_id"], row["snapshot_date"]) for row in rows] == [("1", ""), ("2", "(empty)"), ("3", "soon")]


cell = st.text(st.sampled_from('aZ1 ,;"\n.ü\u00a0'), max_size=5)


@settings(max_examples=120, deadline=None)
@given(
    rows=st.lists(st.lists(cell, min_size=0, max_size=5), max_size=12),
    footer=st.integers(0, 3),
    drop_empty=st.booleans(),
    word=cell,
)
def test_rows_in_are_rows_out_and_dropped(tmp_path_factory, rows, footer, drop_empty, word):
    import csv
    import io

    folder = tmp_path_factory.mktemp("rows")
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";", quoting=csv.QUOTE_ALL)
    writer.writerows([["id", "name", "type"], *rows])
    put(folder, NAME, text.getvalue())
    feed = feed_of(
        read={"delimiter": ";", "footer_rows": str(footer)},
        rows={"drop_empty": str(drop_empty), "drop": [{"name": "typed", "column": "type", "equals": word or "a"}]},
    )
    made = mapped(folder, feed, NAME)  # holds the sum itself
    assert made.account.rows_in == sum(bool(row) for row in rows)  # a record without a field is a blank line
    assert len(rows_of(made)) == made.account.rows_out == made.rows[DAY]
    assert TODAY > DAY

"""The mapping file: what it takes, and each error in one line with its key's path."""

import pytest

from sources.mapping.loading import MappingError, load_mapping, parse_mapping

GOOD = """
feeds:
  - dataset: customers
    files: customers-*.csv
    day: {name: true}
    columns:
      partner_id: {constant: no}
      customer_id: Customer No.
      customer_name: {from: Name, trim: true}
"""

BOMB = "\n".join(["a0: &a0 x", *(f"a{n + 1}: &a{n + 1} [{', '.join([f'*a{n}'] * 10)}]" for n in range(8))])


def errors(text: str) -> tuple[str, ...]:
    with pytest.raises(MappingError) as caught:
        parse_mapping("mapping.yaml", text.encode())
    assert str(caught.value) == "; ".join(caught.value.lines)
    assert not any("\n" in line for line in caught.value.lines)
    return caught.value.lines


def test_values_are_text_and_a_header_alone_is_a_column() -> None:
    (feed,) = parse_mapping("mapping.yaml", GOOD.encode()).feeds
    assert feed.columns["partner_id"].constant == "no"
    assert feed.columns["customer_id"].from_ == "Customer No."
    assert feed.columns["customer_name"].operations == ("trim",)


def test_operations_keep_the_order_of_the_file() -> None:
    text = GOOD.replace("{from: Name, trim: true}", "{from: Name, regex: '(.*)', case: upper, trim: true}")
    (feed,) = parse_mapping("mapping.yaml", text.encode()).feeds
    assert feed.columns["customer_name"].operations == ("regex", "case", "trim")


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        ("trim: true", "trimm: true", "feeds[0].columns.customer_name.trimm: there is no such key"),
        ("files:", "flies:", "feeds[0].files: is missing"),
        ("trim: true", "trim: false", "feeds[0].columns.customer_name.trim: is true, or left out"),
        ("trim: true", "date: '%d.%Q'", "feeds[0].columns.customer_name.date: '%d.%Q' is no date format: %Q"),
        ("trim: true", "date: TT.MM.JJJJ", "feeds[0].columns.customer_name.date: 'TT.MM.JJJJ' has no part such as"),
        ("trim: true", "regex: '(a'", "feeds[0].columns.customer_name.regex.pattern: is no regular expression (RE2)"),
        ("trim: true", "regex: '(?=a)'", "feeds[0].columns.customer_name.regex.pattern: is no regular expression"),
        ("trim: true", "regex: {pattern: 'a(b)', group: 2}", "feeds[0].columns.customer_name.regex.group: the"),
        ("trim: true", "constant: x", "feeds[0].columns.customer_name: where it comes from is one of from, constant"),
        ("trim: true", "lookup: {}", "feeds[0].columns.customer_name.lookup: the table is one of values, file"),
        ("trim: true", "boolean: {true: x, false: X}", "feeds[0].columns.customer_name.boolean: has words that are"),
        ("dataset: customers", "dataset: clients", "feeds[0].dataset: there is no dataset 'clients'"),
        ("customer_name:", "customer_nam:", "feeds[0].columns.customer_nam: customers has no such column"),
        ("customer_name: {from: Name, trim: true}", "country_code: C", "feeds[0].columns: customers needs customer_n"),
        ("customer_name:", "snapshot_date: D\n      customer_name:", "feeds[0].columns.snapshot_date: the day comes"),
        ("files: customers-*.csv", "files: ../x", "feeds[0].files: is a pattern below the inbox"),
        ("day: {name: true}", "day: {name: x, folder: y}", "feeds[0].day: the day's place is one of name, folder"),
        ("day: {name: true}", "history: {carry_days: 50}", "feeds[0].history.carry_days: input should be less"),
        ("day: {name: true}", "history: {valid_from: a}", "feeds[0].history: first and last, the range of days"),
        ("day: {name: true}", "read: {encoding: utf-99}", "feeds[0].read.encoding: there is no encoding 'utf-99'"),
        ("day: {name: true}", "read: {delimiter: ab}", "feeds[0].read.delimiter: is one ASCII character"),
        ("day: {name: true}", "read: {header_row: 0}", "feeds[0].read: header_row is 0, so that names has to give"),
        (
            "day: {name: true}",
            "rows: {drop: [{name: empty, column: a, equals: b}]}",
            "feeds[0].rows.drop[0]: the name 'empty' is taken",
        ),
    ],
)
def test_errors_name_the_key(old: str, new: str, error: str) -> None:
    found = errors(GOOD.replace(old, new))
    assert any(line.startswith(f"mapping.yaml: {error}") for line in found), found


def test_every_error_is_told() -> None:
    assert len(errors(GOOD.replace("trim: true", "trimm: true").replace("day:", "days:"))) == 2


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", "has no key `feeds` at its top"),
        ("- feeds", "has no key `feeds` at its top"),
        ("feeds: []", "feeds: names no feed"),
        ("feeds: 1", "feeds: is a list"),
        ("feeds: [1]", "feeds[0]: is a part with keys of its own"),
        ("feeds: []\nfeeds: []", "line 2, column 1: the key feeds stands twice"),
        ("feeds: &a [*a]", "line 1, column 1: holds more than 200,000 values"),
        (BOMB, "line 1, column 1: holds more than 200,000 values"),
        ("feeds: [", "line 1, column 9: expected the node content, but found '<stream end>'"),
        ("[" * 100_000, "is no YAML that can be read"),
    ],
)
def test_a_broken_file_is_one_line(text: str, error: str) -> None:
    assert errors(text) == (f"mapping.yaml: {error}",)


@pytest.mark.parametrize("key", ['"k\\x1b[31m\\ney"', '"k\\e[31m\\Ley"', '"k\\x9b31m\\rey"'])
def test_a_key_that_a_terminal_would_act_on_is_shown_on_one_line(key: str) -> None:
    (line,) = errors(GOOD.replace("trim: true", f"{key}: x"))
    assert line.isprintable() and line.startswith("mapping.yaml: feeds[0].columns.customer_name.k�")
    assert line.endswith("�ey: there is no such key")
    (twice,) = errors(f"{key}: 1\n{key}: 2")
    assert twice.isprintable() and twice.endswith("ey stands twice")


def test_a_key_without_end_is_cut() -> None:
    (line,) = errors(GOOD.replace("trim: true", f"{'k' * 100_000}: x"))
    assert len(line) < 2000


def test_a_tag_runs_nothing() -> None:
    assert errors("feeds: !!python/object/apply:os.system [exit]")[0] == (
        "mapping.yaml: feeds[0]: is a part with keys of its own"
    )


def test_a_missing_file_and_one_that_is_no_text_are_one_line(tmp_path) -> None:
    with pytest.raises(MappingError, match=r"mapping file .*gone\.yaml cannot be read: No such file or directory"):
        load_mapping(tmp_path / "gone.yaml")
    (tmp_path / "odd.yaml").write_bytes(b"\xff\xfe\xfa")
    with pytest.raises(MappingError, match=r"^odd\.yaml: is not UTF-8$"):
        load_mapping(tmp_path / "odd.yaml")


def test_an_alias_is_what_it_stands_for() -> None:
    columns = "      country_code: &code {from: Land, case: upper}\n      customer_id: *code\n"
    (feed,) = parse_mapping("m", GOOD.replace("      customer_id: Customer No.\n", columns).encode()).feeds
    assert feed.columns["country_code"] == feed.columns["customer_id"]
    assert feed.columns["customer_id"].operations == ("case",)

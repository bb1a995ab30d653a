"""`portfolio quarantine` on a ledger and quarantine files that were written by hand."""

from datetime import UTC, date, datetime

import duckdb
import pytest

from cli.errors import UserError
from expectations.contract import DATASETS
from planning.records import PartitionRecord, RefusalRecord
from storage.lake.lake import Lake
from storage.ledger.ledger import Ledger

FIRST, SECOND = date(2026, 3, 1), date(2026, 3, 2)


def record(dataset, day, **reasons):
    rows = sum(reasons.values())
    return PartitionRecord(
        dataset, day, "signature", "h", "c", 1, 1500, 1500 - rows, rows, 0, datetime.now(UTC), reasons=reasons
    )


@pytest.fixture
def held(tmp_path):
    home = tmp_path / "home"
    with Ledger(home / "ledger.sqlite") as ledger:
        ledger.record_loaded(record("customers", FIRST, bad_type=2))
        ledger.record_loaded(record("customers", SECOND, duplicate_key=1))
        ledger.record_loaded(record("subscriptions", FIRST))
        ledger.record_refused(
            RefusalRecord(
                "license_usage", SECOND, "s", "h", "u.csv: lacks the required columns user_id", 0, datetime.now(UTC)
            )
        )
    write(
        home,
        FIRST,
        "('b.csv', 7, ['bad_type', 'missing_required'], '{\"x\":1}'), ('a.csv', 12, ['bad_type'], 'esc\x1b[0m')",
    )
    write(home, SECOND, "('c.csv', 1234, ['duplicate_key'], '{\"y\":2}')")
    return home


def write(home, day, values):
    path = Lake(home / "lake").quarantine_path(DATASETS["customers"], day)
    path.parent.mkdir(parents=True)
    columns = "rows(file, record_number, reasons, raw_row)"
    duckdb.execute(f"copy (select * from (values {values}) as {columns}) to '{path}' (format parquet)")


def lines(result):
    assert result.exit_code == 0, result.exception
    return [line.rstrip() for line in result.output.splitlines()]


def error(result):
    assert isinstance(result.exception, UserError)
    return str(result.exception)


def test_lists_partitions_with_their_reasons_and_refusals_with_their_cause(portfolio, held):
    shown = lines(portfolio("quarantine", "--home", held))
    assert shown[0] == "Quarantined  3 rows of 2 partitions, newest first"
    assert [line.split() for line in shown[2:4]] == [
        ["customers", "2026-03-02", "1,500", "1", "duplicate_key", "1"],
        ["customers", "2026-03-01", "1,500", "2", "bad_type", "2"],
    ]
    assert shown[-1] == "license_usage 2026-03-02: u.csv: lacks the required columns user_id"


def test_shows_a_datasets_rows_newest_partition_first(portfolio, held):
    assert lines(portfolio("quarantine", "customers", "--home", held)) == [
        "customers 2026-03-02  duplicate_key 1",
        "c.csv record 1,234: duplicate_key",
        '  {"y":2}',
        "",
        "customers 2026-03-01  bad_type 2",
        "a.csv record 12: bad_type",
        "  esc�[0m",
        "b.csv record 7: bad_type, missing_required",
        '  {"x":1}',
    ]


def test_shows_one_partitions_rows_up_to_the_limit(portfolio, held):
    assert lines(portfolio("quarantine", "customers", "2026-03-01", "--home", held, "--limit", "1")) == [
        "customers 2026-03-01  bad_type 2",
        "a.csv record 12: bad_type",
        "  esc�[0m",
        "… 1 more rows of this partition; --limit 0 shows all",
    ]


def test_the_limit_counts_over_partitions(portfolio, held):
    shown = lines(portfolio("quarantine", "customers", "--home", held, "--limit", "1"))
    assert shown[-1] == "… 2 more rows of 1 partitions; --limit 0 shows all"
    shown = lines(portfolio("quarantine", "--home", held, "--limit", "1"))
    assert "… 1 more partitions; --limit 0 shows all" in shown


def test_a_refused_partition_by_name(portfolio, held):
    shown = lines(portfolio("quarantine", "license_usage", "2026-03-02", "--home", held))
    assert shown[-1] == "license_usage 2026-03-02: u.csv: lacks the required columns user_id"


def test_says_in_words_what_is_wrong_with_a_row(portfolio, tmp_path):
    home = tmp_path / "home"
    with Ledger(home / "ledger.sqlite") as ledger:
        ledger.record_loaded(record("customers", FIRST, bad_type=1))
    raw = '{"partner_id":"p","customer_id":"c","customer_name":"n","country_code":null,"created_on":"1.3.2026"}'
    write(home, FIRST, f"('a.csv', 3, ['bad_type'], '{raw}')")
    assert lines(portfolio("quarantine", "customers", "--home", home)) == [
        "customers 2026-03-01  bad_type 1",
        "a.csv record 3: bad_type",
        "  created_on '1.3.2026' is no date: a day of the calendar, as YYYY-MM-DD, is expected",
        f"  {raw}",
    ]


def test_rows_of_refused_partitions_are_read_from_landing(portfolio, tmp_path):
    home, landing = tmp_path / "home", tmp_path / "landing"
    with Ledger(home / "ledger.sqlite") as ledger:
        for day in (FIRST, SECOND):
            folder = landing / "license_usage" / str(day)
            folder.mkdir(parents=True)
            rows = "".join(f"p,c,s,Calling,jane{n},1\n" for n in range(4))
            header = "partner_id,customer_id,subscription_id,product,user_id,activity_count\n"
            (folder / "a.csv").write_text(header + rows)
            cause = "4 of 4 rows (100.0 %) break the contract, more than the 5 % allowed: unknown_product 4"
            reasons = {"unknown_product": 4}
            ledger.record_refused(RefusalRecord("license_usage", day, "", "h", cause, 4, datetime.now(UTC), reasons))
    folders = ("--home", home, "--landing", landing)
    shown = lines(portfolio("quarantine", "license_usage", "2026-03-02", *folders, "--limit", "1"))
    assert shown == [
        "Refused  nothing of these is used; correct the landing files, then materialize",
        f"license_usage 2026-03-02: {cause}",
        "(its landing files were touched since; these are their rows now)",
        "a.csv record 1: unknown_product",
        "  product 'Calling' differs from 'calling' in case",
        (
            '  {"partner_id": "p", "customer_id": "c", "subscription_id": "s", "product": "Calling",'
            ' "user_id": "•••", "activity_count": "1"}'
        ),
        "… 3 more rows of this partition; --limit 0 shows all",
    ]
    both = lines(portfolio("quarantine", "license_usage", *folders, "--limit", "4"))
    assert sum(line.startswith("a.csv record ") for line in both) == 4  # newest first, until the limit
    assert both[-1] == f"license_usage 2026-03-01: {cause}"
    assert lines(portfolio("quarantine", *folders))[-1] == "`portfolio quarantine DATASET DATE` shows their rows"


def test_nothing_in_quarantine(portfolio, held):
    shown = lines(portfolio("quarantine", "subscriptions", "--home", held))
    assert shown == ["nothing is in quarantine of subscriptions, and no partition is refused"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["usage"],
            (
                "there is no dataset 'usage'; there are customers, subscriptions, license_assignments, license_usage, "
                "contract_lines, accounts"
            ),
        ),
        (["customers", "2026-04-01"], "customers 2026-04-01 is not ingested; ingested are 2026-03-01…2026-03-02"),
        (["license_assignments", "2026-04-01"], "license_assignments 2026-04-01 is not ingested; ingested are no days"),
        (["customers", "yesterday"], "DATE 'yesterday' is no day of the calendar; write YYYY-MM-DD"),
    ],
)
def test_what_is_not_there_is_named_with_what_is(portfolio, held, arguments, message):
    assert error(portfolio("quarantine", *arguments, "--home", held)) == message


def test_an_empty_home_says_what_to_run_and_stays_empty(portfolio, tmp_path):
    message = error(portfolio("quarantine", "--home", tmp_path / "none"))
    assert message.startswith("nothing is ingested in") and "`portfolio materialize`" in message
    assert not (tmp_path / "none").exists()

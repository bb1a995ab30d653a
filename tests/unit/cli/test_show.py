"""`portfolio show` on a publication that was written by hand (conftest.py)."""

import re

import duckdb
import pytest

from cli.errors import UserError
from storage.files.atomic import StorageError

from .conftest import no_usage_of


def lines(result):
    assert result.exception is None, result.exception
    assert result.exit_code == 0
    return result.output.splitlines()


def line(result, start):
    (found,) = [text.strip() for text in lines(result) if text.strip().startswith(start)]
    return found


def error(result):
    assert isinstance(result.exception, UserError | StorageError)
    message = str(result.exception)
    assert "\n" not in message
    return message


def test_overview_begins_with_each_partners_newest_day_and_kpis(portfolio, home):
    shown = lines(portfolio("show", "--home", home))
    headers = [text for text in shown if text.startswith("Data as of")]
    assert headers == ["Data as of 2026-03-22  partner acme", "Data as of 2026-03-21  partner zen"]
    figures = [text.split() for text in shown if re.match(r"  [1-9]", text)]
    assert figures == [["1,234", "2", "3", "4", "5", "2,000"], ["7", "2", "3", "4", "5", "2,000"]]


def test_overview_has_every_section_and_no_tables(portfolio, home):
    result = portfolio("show", "--home", home, "--partner", "acme")
    for title in ("Recently added", "Expiring", "Renewing", "Low assignment", "Over the limit", "Licence distribution"):
        assert line(result, title)
    assert "Over AG" not in result.output


def test_section_shows_kpis_of_both_products(portfolio, home):
    shown = lines(portfolio("show", "expiring", "--home", home, "--partner", "acme"))
    kpis = [text.split() for text in shown if re.match(r"  (Meetings|Calling)", text)]
    assert kpis == [
        ["Meetings", "2", "3,200", "2,600", "1,300", "81.2%", "40.6%"],
        ["Calling", "0", "0", "0", "0", "-", "-"],
    ]


def test_used_licences_are_unknown_where_no_usage_came(portfolio, home):
    no_usage_of(home, "meetings")
    shown = lines(portfolio("show", "expiring", "--home", home, "--partner", "acme"))
    kpis = [text.split() for text in shown if re.match(r"  (Meetings|Calling)", text)]
    assert kpis == [
        ["Meetings", "2", "3,200", "2,600", "-", "81.2%", "-"],
        ["Calling", "0", "0", "0", "0", "-", "-"],
    ]
    (row,) = [text for text in shown if "Añil" in text]
    figures, bar = re.fullmatch(r".*Sub1 +(.*?)  ([█▓░▞]+)", row).groups()
    assert figures.split() == ["3", "-", "12", "16"]
    assert "█" not in bar  # nothing is drawn as used


def test_the_trend_has_a_gap_where_no_usage_came(portfolio, home):
    no_usage_of(home, "meetings")
    shown = lines(portfolio("show", "trend", "--home", home, "--partner", "acme"))
    (used,) = [text for text in shown if text.strip().startswith("used") and "→" in text]
    assert used.endswith("25 → -")
    assert line(portfolio("show", "trend", "--home", home, "--partner", "acme"), "2026-03-22").split()[1:4] == [
        "-",
        "50",
        "121",
    ]


def test_table_keeps_the_figures_and_draws_used_up_to_assigned(portfolio, home):
    result = portfolio("show", "expiring", "--home", home, "--partner", "acme")
    # 16 licences: 4 used, 8 more assigned, 4 available.
    name, figures, bar = re.fullmatch(r"(Añil.*?)  +Sub1 +(.*?)  ([█▓░▞]+)", line(result, "Añil")).groups()
    assert figures.split() == ["3", "4", "12", "16"]
    assert name == "Añil [bold]�[31m"
    cells = len(bar)
    assert bar.count("█") == pytest.approx(cells / 4, abs=1)
    assert bar.count("▓") == pytest.approx(cells / 2, abs=1)
    assert set(bar[-2:]) == {"░"}
    # 99 used of 16 assigned, 8 purchased: half of the bar is over the limit.
    over = line(result, "Over AG")
    assert over.split()[3:7] == ["10", "99", "16", "8"]
    assert over.count("█") + over.count("▞") == cells
    assert abs(over.count("█") - over.count("▞")) <= 1
    assert line(result, "Empty Ltd").split() == ["Empty", "Ltd", "Sub1", "90", "0", "0", "0"]


@pytest.mark.parametrize("columns", [80, 140])
@pytest.mark.parametrize(
    "section", [[], ["expiring"], ["recently-added"], ["low-assignment"], ["over-limit"], ["trend"]]
)
def test_no_line_is_wider_than_the_terminal_and_none_has_colours_in_a_pipe(portfolio, home, section, columns):
    result = portfolio("show", *section, "--home", home, columns=columns)
    assert max(map(len, lines(result))) <= columns
    assert "\x1b" not in result.output


@pytest.mark.parametrize("columns", [30, 40, 60, 80, 140])
def test_what_identifies_a_row_is_kept_on_any_terminal(portfolio, home, columns):
    trial, name = "8a4f1f0e-3b1d-4a52-9d5e-2f1f6a3f9b7c", "Société Générale de Télécommunications"
    with duckdb.connect(str(home / "serving" / "portfolio.duckdb")) as connection:
        connection.execute(
            "update marts.expiring_subscriptions set is_trial = true, subscription_label = 'Enterprise Trial',"
            " subscription_id = ?, customer_name = ? where customer_name = 'Over AG'",
            [trial, name],
        )
    result = portfolio("show", "expiring", "--home", home, "--partner", "acme", columns=columns)
    shown = result.output
    assert max(map(len, shown.splitlines())) <= columns
    text = re.sub(r"[\s█▓░▞]", "", shown)
    if columns >= 80:
        assert "Enterprise Trial" in " ".join(shown.split()) or "EnterpriseTrial" in text
    # Each label goes on in the lines below: put together again column by column.
    rows = shown.splitlines()
    start = next(n for n, row in enumerate(rows) if "Société" in row)
    stop = next(n for n, row in enumerate(rows) if n > start and "Empty" in row)
    (head,) = {row for row in rows if row.strip().startswith("Customer") and "Subscription" in row}
    edge = head.index("Subscription")
    customer = "".join(row[:edge].strip() for row in rows[start:stop])
    assert customer.replace(" ", "") == name.replace(" ", "")
    rest = "".join(row[edge:].split("  ")[0].strip() for row in rows[start:stop])
    assert rest.replace(" ", "") == f"EnterpriseTrial({trial})"


def test_wide_terminals_see_more_columns(portfolio, home):
    narrow = portfolio("show", "expiring", "--home", home, "--partner", "acme")
    wide = portfolio("show", "expiring", "--home", home, "--partner", "acme", columns=140)
    assert "2026-03-25" not in narrow.output
    assert "2026-03-25" in line(wide, "Añil")


def test_trend_goes_back_a_week_a_line(portfolio, home):
    result = portfolio("show", "trend", "--home", home, "--partner", "acme")
    weeks = [text.split()[:4] for text in lines(result) if text.startswith("  2026-")]
    # As of, used, assigned, total; the total grows by one a day from 100 on 2026-03-01.
    assert weeks == [
        ["2026-03-22", "25", "50", "121"],
        ["2026-03-15", "25", "50", "114"],
        ["2026-03-08", "25", "50", "107"],
        ["2026-03-01", "25", "50", "100"],
    ]
    assert line(result, "Meetings  total").endswith("100 → 121")


def test_as_of_an_earlier_day(portfolio, home):
    shown = lines(portfolio("show", "kpis", "--home", home, "--as-of", "2026-03-21"))
    assert [text for text in shown if text.startswith("Data")] == [
        "Data as of 2026-03-21  partner acme",
        "Data as of 2026-03-21  partner zen",
    ]


def test_product_leaves_the_other_out(portfolio, home):
    result = portfolio("show", "expiring", "--home", home, "--partner", "acme", "--product", "calling")
    assert "Meetings" not in result.output
    assert line(result, "Calling  no subscription")


def test_limit_says_what_is_left_out(portfolio, home):
    result = portfolio("show", "expiring", "--home", home, "--partner", "acme", "--limit", "1")
    assert "Over AG" not in result.output
    assert line(result, "…") == "… 2 more; --limit 0 shows all"
    assert "Empty Ltd" in portfolio("show", "expiring", "--home", home, "--limit", "0").output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["expirings"], "there is no section 'expirings'; there are recently-added, expiring, renewing"),
        (["--product", "devices"], "there is no product 'devices'; there are meetings and calling"),
        (["--partner", "o'hara"], 'partner "o\'hara" is not published; published are acme, zen'),
        (["--as-of", "2026-04-01"], "as-of date 2026-04-01 is not published; published are 2026-03-01…2026-03-22"),
        (
            ["--as-of", "2026-03-22", "--partner", "zen"],
            "2026-03-22 of partner zen is not published; published are 2026-03-21",
        ),
        (["--as-of", "22.03.2026"], "--as-of '22.03.2026' is no day of the calendar; write YYYY-MM-DD"),
    ],
)
def test_what_is_not_there_is_named_with_what_is(portfolio, home, arguments, message):
    assert error(portfolio("show", *arguments, "--home", home)).startswith(message)


def test_nothing_published(portfolio, tmp_path):
    message = error(portfolio("show", "--home", tmp_path / "none"))
    assert message.startswith("nothing is published in") and "`portfolio materialize`" in message
    assert not (tmp_path / "none").exists()


def test_negative_limit_is_wrong_usage(portfolio, home):
    assert portfolio("show", "--home", home, "--limit", "-1").exit_code == 2


def test_a_file_that_is_no_publication(portfolio, home):
    path = home / "serving" / "portfolio.duckdb"
    path.write_bytes(b"no database" * 1000)
    assert error(portfolio("show", "--home", home)).startswith(f"{path} cannot be read: ")
    path.unlink()
    duckdb.connect(str(path)).close()
    assert "not what the pipeline publishes" in error(portfolio("show", "--home", home))

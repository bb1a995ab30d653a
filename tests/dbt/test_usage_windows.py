"""Usage windows: DuckDB's variant, the portable one and a naive count give the same rows on random usage."""

import random
from collections import defaultdict
from collections.abc import Callable
from datetime import date, timedelta

import duckdb
import pytest

from bench.windows.bit_words import bit_words
from bench.windows.spells import spells

from .warehouse import Warehouse, failures

DAY = timedelta(days=1)
FIRST = date(2025, 12, 20)
VARIANTS = ("duckdb", "default")
BETWEEN = "\n-- the other variant\n"
RANGES = (1, 2, 10, 25, 26, 30, 120, 200)

Activity = tuple[date, str, str, str, int]
Compiler = Callable[[str, int], str]


@pytest.fixture(scope="module")
def compiled() -> dict[tuple[str, int], str]:
    """The SQL of a variant for a length of range, compiled once."""
    return {}


@pytest.fixture
def sql(warehouse: Warehouse, compiled: dict[tuple[str, int], str]) -> Compiler:
    """Compiles a variant of the macro for a range of as-of dates, over tables `activities` and `as_of_dates`."""

    def compile_macro(variant: str, length: int) -> str:
        if (variant, length) not in compiled:
            # One command for both: most of its time is dbt's start.
            calls = BETWEEN.join(f"{{{{ {name}__usage_windows('activities', 'as_of_dates') }}}}" for name in VARIANTS)
            last = FIRST + (length - 1) * DAY
            result = warehouse.dbt("compile", "--inline", calls, window_start=str(FIRST), window_end=str(last))
            assert result.success, failures(result)
            codes = result.result.results[0].node.compiled_code.split(BETWEEN)
            compiled.update({(name, length): code for name, code in zip(VARIANTS, codes, strict=True)})
        return compiled[variant, length]

    return compile_macro


def as_of_dates(length: int, blocked: set[date]) -> list[date]:
    """The requested dates and those a week before them, but for blocked ones, as in int_as_of_dates."""
    requested = {FIRST + n * DAY for n in range(length)} - blocked
    return sorted(requested | {day - 7 * DAY for day in requested} - blocked)


def random_usage(rng: random.Random, length: int) -> set[Activity]:
    """Holders of a few positions with habits from daily to hardly ever; some dates are without anyone's usage."""
    dates = [FIRST + n * DAY for n in range(-110, length + 5)]
    lost = {day for day in dates if rng.random() < 0.1}
    usage = set()
    for _ in range(rng.randint(1, 25)):
        position = (rng.choice("pq"), rng.choice("stu"), rng.choice(("meetings", "calling")))
        user = rng.randint(1, 8)  # one holder may have several positions
        habit = rng.choice((0.9, 0.3, 0.1, 0.02, 0.01))
        usage |= {(day, *position, user) for day in dates if day not in lost and rng.random() < habit}
    return usage


def naive_windows(usage: set[Activity], days: list[date]) -> set[tuple[object, ...]]:
    """Distinct holders by position of each date, counted by looking at every activity of the window."""
    rows = set()
    for day in days:
        holders: dict[tuple[str, str, str], dict[int, set[int]]] = defaultdict(lambda: {7: set(), 90: set()})
        for activity_date, partner, subscription, product, user in usage:
            for window in (7, 90):
                if 0 <= (day - activity_date).days < window:
                    holders[partner, subscription, product][window].add(user)
        rows |= {(day, *position, len(used[7]), len(used[90])) for position, used in holders.items()}
    return rows


def run(query: str, usage: set[Activity], days: list[date]) -> list[tuple[object, ...]]:
    """The rows of a compiled variant, checked for the types that the model declares."""
    with duckdb.connect() as con:
        con.execute(
            "create table activities"
            " (activity_date date, partner_id text, subscription_id text, product text, user_id bigint)"
        )
        con.execute("create table as_of_dates (as_of_date date)")
        if usage:
            con.executemany("insert into activities values (?, ?, ?, ?, ?)", sorted(usage))
        con.executemany("insert into as_of_dates values (?)", [(day,) for day in days])
        con.execute(query)
        assert [str(column[1]) for column in con.description or ()] == ["DATE", *["VARCHAR"] * 3, *["BIGINT"] * 2]
        return con.fetchall()


@pytest.mark.parametrize("length", RANGES)
@pytest.mark.parametrize("seed", range(4))
def test_variants_equal_a_naive_count(seed: int, length: int, sql: Compiler) -> None:
    rng = random.Random(f"{seed} {length}")
    usage = random_usage(rng, length)
    blocked = {FIRST + n * DAY for n in range(-7, length) if rng.random() < 0.15 and n != 0}
    days = as_of_dates(length, blocked)
    expected = sorted(naive_windows(usage, days))

    assert sorted(run(sql("duckdb", length), usage, days)) == expected
    assert sorted(run(sql("default", length), usage, days)) == expected


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("length", [1, 120])
def test_without_usage_there_are_no_rows(variant: str, length: int, sql: Compiler) -> None:
    assert run(sql(variant, length), set(), as_of_dates(length, set())) == []


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("length", [25, 120])  # 32 dates, whose windows fill a word; 127, whose second word ends at 63
def test_every_bit_of_a_word_counts(length: int, variant: str, sql: Compiler) -> None:
    days = as_of_dates(length, set())
    usage = {(day, "p", "s", "meetings", number) for number, day in enumerate(days)}

    rows = sorted(run(sql(variant, length), usage, days))

    assert rows == [
        (day, "p", "s", "meetings", min(number, 7), min(number, 90)) for number, day in enumerate(days, start=1)
    ]


@pytest.mark.parametrize("length", [26, 113, 173])  # 33, 120 and 180 dates: one, two and three words
def test_the_public_benchmark_runs_the_same_sql(length: int, sql: Compiler) -> None:
    def spelt(query: str) -> str:
        return "".join(query.replace("activities", "usage").split())

    assert spelt(bit_words(length + 7)) == spelt(sql("duckdb", length))
    assert spelt(spells()) == spelt(sql("default", length))

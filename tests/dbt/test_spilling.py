"""A build that needs more memory than it may have goes on in its temporary folder."""

from datetime import date

import duckdb

from .warehouse import BUILD, Warehouse, failures

FIRST, LAST = date(2026, 3, 1), date(2026, 3, 31)

# Each day, each of 1,000 subscriptions has 20 licences, all of them used.
RAW = f"""
    create table days as
    select unnest(generate_series(date '{FIRST}' - 10, date '{LAST}', interval 1 day))::date as day;

    insert into raw.customers
    select day, 'P', c::text, c::text, 'DE', null from days, range(1000) as t(c);

    insert into raw.subscriptions
    select day, 'P', c::text, c::text, false, 'active', date '2025-01-01', null, true from days, range(1000) as t(c);

    insert into raw.license_assignments
    select day, 'P', c::text, c::text, 'calling', 'EE', null, 20, 20 from days, range(1000) as t(c);

    insert into raw.license_usage
    select day, 'P', c::text, c::text, 'calling', 100 * c + u, 1 from days, range(1000) as t(c), range(20) as s(u);
"""


def test_a_build_that_spills_ends_with_the_same_rows(warehouse: Warehouse) -> None:
    with duckdb.connect(warehouse.path) as con:
        con.execute(RAW)
    warehouse.build(FIRST, LAST)
    roomy = warehouse.marts()
    assert len(roomy["license_positions"]) == 31 * 1000

    spilled = warehouse.dbt(*BUILD, memory_limit="80MB", window_start=str(FIRST), window_end=str(LAST), blocked_days="")

    assert spilled.success, failures(spilled)
    assert warehouse.marts() == roomy

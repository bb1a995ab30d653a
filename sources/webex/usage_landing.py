"""Usage into landing: what is new of a day becomes another file of its partition, one for each day of a run.

What is new follows from what landing holds of a person, whatever subscription it was counted for: so a day can be read
as often as need be, by a run that was killed as well, and nothing is doubled.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import pyarrow as pa

from expectations.contract import LICENSE_USAGE
from sources.landing.folder import LandingFolder
from sources.webex.landed import Counted, landed_usage, own_usage
from sources.webex.landing_files import land_rows, usage_file


def land_usage(
    landing: LandingFolder, day: date, run_day: date, partner: str, read: Mapping[Counted, int], *, even_empty: bool
) -> int:
    """Land what is new of a day.

    Args:
        read: everything that was read of the day of some organisations, all of their people included.
        even_empty: whether a partition that is not there is made although nothing was used.

    Returns:
        the number of new activities.
    """
    is_there = landing.partition(LICENSE_USAGE.name, day) is not None
    customers = {customer for customer, _, _, _ in read}
    new = _new(read, landed_usage(landing, day, partner, customers) if is_there else Counter())
    if not new and (is_there or not even_empty):
        return 0
    name = usage_file(run_day)
    earlier = own_usage(landing.root / LICENSE_USAGE.name / day.isoformat() / name)  # by this run, or one before it
    land_rows(landing, LICENSE_USAGE.name, day, name, _added(earlier, partner, new))
    return sum(new.values())


def _added(rows: pa.Table, partner: str, new: Mapping[Counted, int]) -> Iterable[Sequence[object]]:
    """The rows with what is new, in order. By Arrow: of a large portfolio a day's file is written many times."""
    *key, count = LICENSE_USAGE.column_names
    columns = [[partner] * len(new), *([each[place] for each in new] for place in range(4)), map(str, new.values())]
    more = pa.Table.from_arrays([pa.array(column, pa.string()) for column in columns], schema=rows.schema)
    both = pa.concat_tables([rows, more])
    both = both.set_column(len(key), count, both.column(count).cast(pa.int64()))
    summed = both.group_by(key).aggregate([(count, "sum")]).sort_by([(name, "ascending") for name in key])
    return zip(*(summed.column(name).to_pylist() for name in (*key, f"{count}_sum")), strict=True)


def _new(read: Mapping[Counted, int], landed: Counter[Counted]) -> Counter[Counted]:
    """What was read beyond what is landed of each person and product.

    A person's licence may have moved to another subscription since: what was landed for the old one is not landed again
    for the new one.
    """
    of_person: Counter[tuple[str, str, str]] = Counter()
    for counts, sign in ((read, 1), (landed, -1)):
        for (customer, _, product, user), count in counts.items():
            of_person[customer, product, user] += sign * count
    new: Counter[Counted] = Counter()
    for key, count in sorted(read.items()):
        customer, _, product, user = key
        more = min(count - landed[key], of_person[customer, product, user])
        if more > 0:
            new[key] = more
            of_person[customer, product, user] -= more
    return new

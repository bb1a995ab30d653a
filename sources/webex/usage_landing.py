"""Usage into landing: what is new of a day becomes another file of its partition, one for each day of a run.

What is new follows from what landing holds of a person, whatever subscription it was counted for: so a day can be read
as often as need be, by a run that was killed as well, and nothing is doubled.
"""

import csv
import os
from collections import Counter
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from expectations.contract import LICENSE_USAGE
from sources.landing.folder import LandingFolder
from sources.landing.writing import replacing_partition
from sources.webex.landed import OWN_FILES, Counted, landed_usage, own_rows


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
    new = _new(read, landed_usage(landing, day, partner) if is_there else Counter())
    if not new and (is_there or not even_empty):
        return 0
    name = f"{OWN_FILES}-{run_day}.csv"
    folder = landing.root / LICENSE_USAGE.name / day.isoformat()
    if is_there:
        for row in own_rows(folder / name, LICENSE_USAGE.name):
            key = row["customer_id"], row["subscription_id"], row["product"], row["user_id"]
            new[key] += int(row["activity_count"])
        beside = folder.parent / f"_{day}.{name}"  # outside the partition, so that a killed run leaves nothing in it
        _write(beside, partner, new)
        os.replace(beside, folder / name)  # noqa: PTH105
    else:
        with replacing_partition(landing.root, LICENSE_USAGE.name, day) as unfinished:
            _write(unfinished / name, partner, new)
    return sum(new.values())


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


def _write(file: Path, partner: str, counts: Mapping[Counted, int]) -> None:
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(LICENSE_USAGE.column_names)
        writer.writerows((partner, *key, count) for key, count in sorted(counts.items()))
        stream.flush()
        os.fsync(stream.fileno())

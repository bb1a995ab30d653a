"""What is known of lake partitions for their checks: the profile of each, and what it was when it was last checked."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import groupby

from expectations.profiles import Profile
from storage.ledger.file import LedgerFile

SCHEMA = """
create table if not exists partition_profiles (
    dataset text not null,
    partition_date text not null,
    partner_id text not null,
    rows integer not null,
    total_licenses text not null,
    assigned_licenses text not null,
    products text not null,
    license_codes text not null,
    primary key (dataset, partition_date, partner_id)
) without rowid;
create table if not exists partition_checks (
    dataset text not null,
    partition_date text not null,
    profiled text not null,
    contract text not null,
    anomalies text not null,
    primary key (dataset, partition_date)
) without rowid
"""
_PROFILE_COLUMNS = (
    *("dataset", "partition_date", "partner_id", "rows"),
    *("total_licenses", "assigned_licenses", "products", "license_codes"),
)


class PartitionProfiles:
    """The profiles of a ledger's partitions: a row for each partner of a partition."""

    def __init__(self, ledger: LedgerFile) -> None:
        self._ledger = ledger

    def record(self, dataset: str, content_hashes: Mapping[date, str], profiles: Iterable[Profile]) -> None:
        """Store the profiles of some days over earlier ones; a day without a profile has no rows."""
        with self._ledger.transaction() as connection:
            for day, content_hash in content_hashes.items():
                key = [dataset, day.isoformat()]
                connection.execute("delete from partition_profiles where dataset = ? and partition_date = ?", key)
                connection.execute(
                    "insert into partition_checks (dataset, partition_date, profiled, contract, anomalies)"
                    " values (?, ?, ?, '', '')"
                    " on conflict (dataset, partition_date) do update set profiled = excluded.profiled",
                    [*key, content_hash],
                )
            for profile in profiles:
                codes = None if profile.license_codes is None else sorted(profile.license_codes)
                connection.execute(
                    f"insert into partition_profiles ({', '.join(_PROFILE_COLUMNS)}) values (?, ?, ?, ?, ?, ?, ?, ?)",
                    [
                        dataset,
                        profile.day.isoformat(),
                        profile.partner_id,
                        profile.rows,
                        str(profile.total_licenses),
                        str(profile.assigned_licenses),
                        json.dumps(profile.products),
                        json.dumps(codes, ensure_ascii=False),
                    ],
                )

    def read(self, dataset: str, first: date, last: date) -> dict[date, dict[str, Profile]]:
        """The profiles of first..last by day and partner."""
        rows = self._ledger.connection.execute(
            f"select {', '.join(_PROFILE_COLUMNS)} from partition_profiles"
            " where dataset = ? and partition_date between ? and ? order by partition_date, partner_id",
            [dataset, first.isoformat(), last.isoformat()],
        )
        profiles = (
            Profile(
                day=date.fromisoformat(row["partition_date"]),
                partner_id=row["partner_id"],
                rows=row["rows"],
                total_licenses=int(row["total_licenses"]),
                assigned_licenses=int(row["assigned_licenses"]),
                products=json.loads(row["products"]),
                license_codes=None if (codes := json.loads(row["license_codes"])) is None else frozenset(codes),
            )
            for row in rows
        )
        return {
            day: {profile.partner_id: profile for profile in group}
            for day, group in groupby(profiles, key=lambda profile: profile.day)
        }


class CheckedInputs:
    """What each partition's checks last looked at, so that a check runs again when any of it changed."""

    def __init__(self, ledger: LedgerFile) -> None:
        self._ledger = ledger

    def profiled(self, dataset: str) -> dict[date, str]:
        """The content hash that each partition's profile is of."""
        return self._column(dataset, "profiled")

    def contract(self, dataset: str) -> dict[date, str]:
        """What the contract check of each partition looked at."""
        return self._column(dataset, "contract")

    def anomalies(self, dataset: str) -> dict[date, str]:
        """What the anomaly checks of each partition looked at: it, its history and the thresholds."""
        return self._column(dataset, "anomalies")

    def set_contract(self, dataset: str, checked: Mapping[date, str]) -> None:
        """The contract check looked at this."""
        self._set(dataset, "contract", checked)

    def set_anomalies(self, dataset: str, checked: Mapping[date, str]) -> None:
        """The anomaly checks looked at this."""
        self._set(dataset, "anomalies", checked)

    def _column(self, dataset: str, column: str) -> dict[date, str]:
        rows = self._ledger.connection.execute(
            f"select partition_date, {column} as checked from partition_checks where dataset = ?", [dataset]
        )
        return {date.fromisoformat(row["partition_date"]): row["checked"] for row in rows}

    def _set(self, dataset: str, column: str, checked: Mapping[date, str]) -> None:
        with self._ledger.transaction() as connection:
            connection.executemany(
                f"update partition_checks set {column} = ? where dataset = ? and partition_date = ?",
                [(text, dataset, day.isoformat()) for day, text in checked.items()],
            )


def inputs_hash(day: date, contents: Mapping[date, str], earlier: Sequence[date], rules: str) -> str:
    """One hash of a partition's content, that of the days it is compared with, and the rules that judge it."""
    lines = [rules, contents[day], *(f"{other} {contents[other]}" for other in earlier)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:32]

"""The two core marts in pandas; distinct holders over sliding windows in NumPy, as +1 and -1 on a grid of days."""

import sys
from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd
import pyarrow.dataset as ds

from contracts.dashboard import PRODUCTS

from .job import COMPARED_MARTS, TOLERANCE, Job, load_job, timed

WINDOWS = {"used_licenses": 7, "used_licenses_90d": 90}
POSITION = ["partner_id", "subscription_id", "product"]
HELPERS = [
    "customers_date",
    "subscriptions_date",
    "assigned_licenses_before",
    "used_licenses_before",
    "band",
    *(f"{prefix}_{figure}" for prefix in ("band", "all") for figure in ("count", "p25", "median")),
]
DAY = pd.Timedelta(days=1)


def read(job: Job, dataset: str, date_column: str, columns: Sequence[str] = ()) -> pd.DataFrame:
    """A dataset's accepted rows, with the date from the folder's name; chosen columns come as categories."""
    files = ds.dataset(job.files[dataset], partitioning=ds.partitioning(flavor="hive"))
    table = files.to_table(columns=[*columns, date_column] if columns else None)
    frame = table.to_pandas(strings_to_categorical=bool(columns))
    for name in frame.columns.intersection([date_column, "start_date", "end_date"]):
        frame[name] = dates(frame[name])
    return frame


def dates(values: pd.Series | Sequence[date]) -> pd.Series:
    """Dates in the one resolution that merges of them need."""
    return pd.Series(pd.to_datetime(values)).astype("datetime64[us]")


def usage_windows(usage: pd.DataFrame, days: Sequence[date]) -> pd.DataFrame:
    """Distinct holders in the last 7 and 90 days, by position and as-of date.

    A holder active on day t counts on t … t + W - 1, or until its next activity: +1 on t, -1 on the earlier of both.
    """
    usage = usage[usage["product"].isin(PRODUCTS)]
    position = usage.groupby(POSITION, observed=True, sort=False).ngroup().to_numpy()
    positions = usage[POSITION].iloc[np.unique(position, return_index=True)[1]].astype(str)
    first = pd.Timestamp(days[0]) - 89 * DAY
    day = ((usage["activity_date"] - first) // DAY).to_numpy()
    holder = usage["user_id"].to_numpy()
    order = np.lexsort((day, holder, position))
    position, holder, day = position[order], holder[order], day[order]
    last_of_holder = np.append((position[1:] != position[:-1]) | (holder[1:] != holder[:-1]), True)
    size = (pd.Timestamp(days[-1]) - first).days + 1
    following = np.where(last_of_holder, size, np.append(day[1:], size))
    columns = [(pd.Timestamp(seen) - first).days for seen in days]
    frame = positions.loc[positions.index.repeat(len(days))].reset_index(drop=True)
    frame["as_of_date"] = np.tile(dates(days).to_numpy(), len(positions))
    for name, width in WINDOWS.items():
        grid = np.zeros((len(positions), size + 1), dtype=np.int64)
        np.add.at(grid, (position, day), 1)
        np.add.at(grid, (position, np.minimum(np.minimum(day + width, following), size)), -1)
        frame[name] = grid.cumsum(axis=1)[:, columns].ravel()
    return frame


def partner_snapshots(job: Job, datasets: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """The newest partition of each snapshot dataset that a partner sees on each as-of date."""
    partners = pd.concat([frame["partner_id"] for frame in datasets.values()]).drop_duplicates()
    seen = pd.merge(pd.DataFrame({"as_of_date": dates(job.seen_days)}), partners.to_frame(), how="cross").sort_values(
        "as_of_date"
    )
    for name, frame in datasets.items():
        partitions = frame[["partner_id", "snapshot_date"]].drop_duplicates()
        seen = pd.merge_asof(
            seen,
            partitions.rename(columns={"snapshot_date": f"{name}_date"}).sort_values(f"{name}_date"),
            left_on="as_of_date",
            right_on=f"{name}_date",
            by="partner_id",
            tolerance=int(job.setting("MAX_SNAPSHOT_AGE_DAYS")) * DAY,
        )
    return seen.dropna()


def license_positions(snapshots: pd.DataFrame, datasets: dict[str, pd.DataFrame], used: pd.DataFrame) -> pd.DataFrame:
    """Each position on each as-of date seen, with its figures."""
    licenses = datasets["license_assignments"]
    licenses = licenses[licenses["product"].isin(PRODUCTS)]
    licenses = licenses.groupby(["snapshot_date", *POSITION], as_index=False)[
        ["total_licenses", "assigned_licenses"]
    ].sum()
    found = snapshots.merge(
        datasets["subscriptions"].rename(columns={"snapshot_date": "subscriptions_date"}),
        on=["partner_id", "subscriptions_date"],
    )
    in_scope = (
        found["status"].isin(["active", "suspended"])
        & (found["start_date"] <= found["as_of_date"])
        & ~(found["end_date"] < found["as_of_date"])
    )
    names = datasets["customers"][["partner_id", "snapshot_date", "customer_id", "customer_name"]]
    found = (
        found[in_scope]
        .merge(
            names.rename(columns={"snapshot_date": "customers_date"}),
            on=["partner_id", "customers_date", "customer_id"],
            how="left",
        )
        .merge(
            licenses.rename(columns={"snapshot_date": "license_assignments_date"}),
            on=["partner_id", "license_assignments_date", "subscription_id"],
        )
        .merge(used, on=["as_of_date", *POSITION], how="left")
    )
    found["customer_name"] = found["customer_name"].fillna(found["customer_id"])
    found[[*WINDOWS]] = found[[*WINDOWS]].fillna(0).astype("int64")
    return found.rename(columns={"license_assignments_date": "snapshot_date"})


def whole_months(first: pd.Series, last: pd.Series) -> pd.Series:
    """Whole months from one date to another."""
    months = (last.dt.year - first.dt.year) * 12 + last.dt.month - first.dt.month
    return (months - (last.dt.day < first.dt.day)).where(last.notna()).astype("Int64")


def with_measures(job: Job, seen: pd.DataFrame, usage: pd.DataFrame) -> pd.DataFrame:
    """The requested days' positions with everything that is counted or measured on them."""
    before = seen[["as_of_date", *POSITION, "assigned_licenses", "used_licenses"]].copy()
    before["as_of_date"] += 7 * DAY
    active = usage[["partner_id", "activity_date"]].drop_duplicates().astype({"partner_id": str})
    active = active.merge(pd.DataFrame({"days_ago": range(7)}), how="cross")
    active["as_of_date"] = active["activity_date"] + active["days_ago"] * DAY
    loaded = active.groupby(["as_of_date", "partner_id"], as_index=False).size()
    p = seen[seen["as_of_date"].isin(dates(job.requested_days))]
    p = p.merge(before, on=["as_of_date", *POSITION], how="left", suffixes=("", "_before"))
    p = p.merge(loaded.rename(columns={"size": "usage_days_loaded"}), on=["as_of_date", "partner_id"], how="left")
    total, assigned, used = p["total_licenses"], p["assigned_licenses"], p["used_licenses"]
    return p.assign(
        subscription_label=p["subscription_id"].where(~p["is_trial"], "Enterprise Trial"),
        assigned_unused_licenses=(assigned - used).clip(lower=0),
        available_licenses=(total - assigned).clip(lower=0),
        overage_licenses=(assigned - total).clip(lower=0),
        assignment_ratio=assigned / total.where(total != 0),
        usage_ratio=used / total.where(total != 0),
        weekly_assignment_change=(assigned - p["assigned_licenses_before"]).astype("Int64"),
        weekly_usage_change=(used - p["used_licenses_before"]).astype("Int64"),
        days_since_added=(p["as_of_date"] - p["start_date"]).dt.days,
        months_since_added=whole_months(p["start_date"], p["as_of_date"]),
        days_until_end=((p["end_date"] - p["as_of_date"]).dt.days).astype("Int64"),
        months_remaining=whole_months(p["as_of_date"], p["end_date"]),
        usage_days_loaded=p["usage_days_loaded"].fillna(0).astype("int64"),
    )


def with_flags(job: Job, p: pd.DataFrame) -> pd.DataFrame:
    """Positions with their peers and flags."""
    edges = [int(edge) for edge in job.setting("SIZE_BANDS").split(",")]
    labels = [f"{low}-{high - 1}" for low, high in zip([1, *edges], edges, strict=False)] + [f"{edges[-1]}+"]
    p["band"] = pd.cut(p["total_licenses"], [0, *(edge - 1 for edge in edges), np.inf], labels=labels).astype(object)
    group = ["as_of_date", "partner_id", "product"]
    low = float(job.setting("LOW_ASSIGNMENT_PERCENTILE"))
    members = p[p["total_licenses"] > 0]
    for prefix, by in (("band", [*group, "band"]), ("all", group)):
        ratios = members.groupby(by)["assignment_ratio"]
        peers = pd.DataFrame(
            {
                f"{prefix}_count": ratios.size(),
                f"{prefix}_p25": ratios.quantile(low),
                f"{prefix}_median": ratios.quantile(0.5),
            }
        )
        p = p.merge(peers.reset_index(), on=by, how="left")
    counted = p["total_licenses"] > 0
    enough = p["band_count"] >= int(job.setting("LOW_ASSIGNMENT_MIN_PEERS"))
    p25 = p["band_p25"].where(enough, p["all_p25"]).where(counted)
    median = p["band_median"].where(enough, p["all_median"]).where(counted)

    def ahead(days: str, setting: str) -> pd.Series:
        return p[days].between(0, int(job.setting(setting))).fillna(False).astype(bool)

    gap = float(job.setting("LOW_ASSIGNMENT_MIN_GAP"))
    return p.assign(
        peer_group=(p["product"] + " " + p["band"].where(enough, "all")).where(counted),
        peer_count=p["band_count"].where(enough, p["all_count"]).where(counted).astype("Int64"),
        peer_p25_ratio=p25,
        peer_median_ratio=median,
        is_recently_added=ahead("days_since_added", "RECENTLY_ADDED_DAYS"),
        is_expiring=ahead("days_until_end", "EXPIRING_DAYS") & (p["is_trial"] | ~p["auto_renew"]),
        is_renewing=ahead("days_until_end", "RENEWING_DAYS") & p["auto_renew"] & ~p["is_trial"],
        is_over_limit=p["assigned_licenses"] > p["total_licenses"],
        is_low_assignment=(p["assignment_ratio"] <= p25 + TOLERANCE)
        & (median - p["assignment_ratio"] >= gap - TOLERANCE),
    ).drop(columns=HELPERS)


def portfolio_kpis(job: Job, p: pd.DataFrame, snapshots: pd.DataFrame, customers: pd.DataFrame) -> pd.DataFrame:
    """Customers by what stands out about them, by as-of date and partner."""
    day = ["as_of_date", "partner_id"]
    managed = customers.groupby(["partner_id", "snapshot_date"])["customer_id"].nunique().reset_index()
    managed = managed.rename(columns={"snapshot_date": "customers_date", "customer_id": "managed_customers"})
    kpis = snapshots[snapshots["as_of_date"].isin(dates(job.requested_days))]
    kpis = kpis.merge(managed, on=["partner_id", "customers_date"])
    flags = {
        "total_customers": pd.Series(True, index=p.index),
        "nearing_expiration_customers": p["is_expiring"],
        "nearing_renewal_customers": p["is_renewing"],
        "low_assignment_customers": p["is_low_assignment"],
        "over_limit_customers": p["is_over_limit"],
    }
    for name, flag in flags.items():
        counts = p[flag].groupby(day)["customer_id"].nunique().rename(name).reset_index()
        kpis = kpis.merge(counts, on=day, how="left")
        kpis[name] = kpis[name].fillna(0).astype("int64")
    return kpis


def build(job: Job) -> None:
    """Write the two marts as Parquet."""
    names = ("customers", "subscriptions", "license_assignments")
    datasets = {name: read(job, name, "snapshot_date") for name in names}
    usage = read(job, "license_usage", "activity_date", [*POSITION, "user_id"])
    snapshots = partner_snapshots(job, datasets)
    seen = license_positions(snapshots, datasets, usage_windows(usage, job.seen_days))
    positions = with_flags(job, with_measures(job, seen, usage)).sort_values("as_of_date")
    kpis = portfolio_kpis(job, positions, snapshots, datasets["customers"])
    for mart, rows in zip(COMPARED_MARTS, (positions, kpis), strict=True):
        rows.to_parquet(job.result(mart), index=False)


def main() -> None:
    """Build the marts of a job, and say how long it took."""
    job = load_job(sys.argv[1])
    with timed():
        build(job)


if __name__ == "__main__":
    main()

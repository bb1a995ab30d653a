"""The two core marts in Polars, lazily and streaming: the same plan as ours, bits of as-of days per licence holder."""

import sys
from collections.abc import Sequence
from datetime import date, timedelta

import polars as pl

from contracts.dashboard import PRODUCTS

from .job import COMPARED_MARTS, TOLERANCE, Job, load_job, timed

WINDOWS = {"used_licenses": 7, "used_licenses_90d": 90}
POSITION = ["partner_id", "subscription_id", "product"]
HELPERS = [
    "customers_date",
    "subscriptions_date",
    "assigned_before",
    "used_before",
    "band",
    *(f"{prefix}_{figure}" for prefix in ("band", "all") for figure in ("name", "count", "p25", "median")),
]
SNAPSHOTS = ("customers", "subscriptions", "license_assignments")


def scan(job: Job, dataset: str, date_column: str) -> pl.LazyFrame:
    """A dataset's accepted rows, with the date from the folder's name."""
    return pl.scan_parquet(job.files[dataset], hive_partitioning=True, hive_schema={date_column: pl.Date})


def usage_windows(usage: pl.LazyFrame, days: Sequence[date]) -> pl.LazyFrame:
    """Distinct holders in the last 7 and 90 days, by position and as-of date."""
    words = range((len(days) + 63) // 64)
    numbers = range(len(days))

    def bits(activity: date, width: int) -> int:
        return sum(1 << n for n in numbers if timedelta(0) <= days[n] - activity < timedelta(days=width))

    activity_dates = [days[0] - timedelta(days=89) + timedelta(days=n) for n in range((days[-1] - days[0]).days + 90)]
    date_bits = pl.LazyFrame(
        {"activity_date": activity_dates}
        | {
            f"{name}_{word}": pl.Series(
                [bits(day, width) >> (64 * word) & (2**64 - 1) for day in activity_dates], dtype=pl.UInt64
            )
            for name, width in WINDOWS.items()
            for word in words
        }
    )
    holders = (
        usage.filter(pl.col("product").is_in(PRODUCTS))
        .select(*POSITION, "user_id", "activity_date")
        .join(date_bits, on="activity_date")
        .group_by(*POSITION, "user_id")
        .agg(pl.col(f"{name}_{word}").bitwise_or() for name in WINDOWS for word in words)
    )

    def holders_on(name: str, n: int) -> pl.Expr:
        day_bit = pl.lit(1 << (n % 64), dtype=pl.UInt64)
        return ((pl.col(f"{name}_{n // 64}") & day_bit) != 0).sum().cast(pl.Int64)

    counts = holders.group_by(POSITION).agg(
        holders_on(name, n).alias(f"{name}:{n}") for name in WINDOWS for n in numbers
    )
    return counts.select(
        *POSITION,
        pl.lit(pl.Series("as_of_date", [list(days)])).first().alias("as_of_date"),
        *(pl.concat_list(f"{name}:{n}" for n in numbers).alias(name) for name in WINDOWS),
    ).explode("as_of_date", *WINDOWS)


def partner_snapshots(job: Job, datasets: dict[str, pl.LazyFrame]) -> pl.LazyFrame:
    """The newest partition of each snapshot dataset that a partner sees on each as-of date."""
    partners = pl.concat([datasets[name].select("partner_id").unique() for name in SNAPSHOTS]).unique()
    seen = pl.LazyFrame({"as_of_date": job.seen_days}).join(partners, how="cross").sort("as_of_date")
    for name in SNAPSHOTS:
        dates = datasets[name].select("partner_id", pl.col("snapshot_date").alias(f"{name}_date")).unique()
        seen = seen.join_asof(
            dates.sort(f"{name}_date"),
            left_on="as_of_date",
            right_on=f"{name}_date",
            by="partner_id",
            check_sortedness=False,
            tolerance=f"{job.setting('MAX_SNAPSHOT_AGE_DAYS')}d",
        )
    return seen.drop_nulls()


def license_positions(job: Job, snapshots: pl.LazyFrame, datasets: dict[str, pl.LazyFrame]) -> pl.LazyFrame:
    """Each position on each as-of date seen, with its figures."""
    licenses = (
        datasets["license_assignments"]
        .filter(pl.col("product").is_in(PRODUCTS))
        .group_by("snapshot_date", *POSITION)
        .agg(pl.col("total_licenses", "assigned_licenses").sum())
    )
    customers = datasets["customers"].select("snapshot_date", "partner_id", "customer_id", "customer_name")
    return (
        snapshots.join(
            datasets["subscriptions"],
            left_on=["partner_id", "subscriptions_date"],
            right_on=["partner_id", "snapshot_date"],
        )
        .filter(
            pl.col("status").is_in(["active", "suspended"]),
            pl.col("start_date") <= pl.col("as_of_date"),
            pl.col("end_date").is_null() | (pl.col("end_date") >= pl.col("as_of_date")),
        )
        .join(
            customers,
            left_on=["partner_id", "customers_date", "customer_id"],
            right_on=["partner_id", "snapshot_date", "customer_id"],
            how="left",
        )
        .with_columns(pl.coalesce("customer_name", "customer_id").alias("customer_name"))
        .join(
            licenses.rename({"snapshot_date": "license_assignments_date"}),
            on=["partner_id", "license_assignments_date", "subscription_id"],
        )
        .join(usage_windows(datasets["license_usage"], job.seen_days), on=["as_of_date", *POSITION], how="left")
        .with_columns(pl.col(*WINDOWS).fill_null(0))
        .rename({"license_assignments_date": "snapshot_date"})
    )


def whole_months(first: str, last: str) -> pl.Expr:
    """Whole months from one date to another."""
    a, b = pl.col(first).dt, pl.col(last).dt
    months = (b.year() - a.year()) * 12 + b.month().cast(pl.Int32) - a.month().cast(pl.Int32)
    return (months - (b.day() < a.day()).cast(pl.Int32)).cast(pl.Int64)


def excess(of: str, over: str) -> pl.Expr:
    """What is above zero of a difference."""
    return (pl.col(of) - pl.col(over)).clip(lower_bound=0)


def ratio(dividend: str, divisor: str) -> pl.Expr:
    """A fraction; null when the divisor is 0."""
    return pl.when(pl.col(divisor) != 0).then(pl.col(dividend) / pl.col(divisor))


def with_measures(job: Job, positions: pl.LazyFrame, usage: pl.LazyFrame) -> pl.LazyFrame:
    """The requested days' positions with everything that is counted or measured on them."""
    week_before = positions.select(
        (pl.col("as_of_date") + pl.duration(days=7)).alias("as_of_date"),
        *POSITION,
        pl.col("assigned_licenses").alias("assigned_before"),
        pl.col("used_licenses").alias("used_before"),
    )
    days_loaded = (
        usage.select("partner_id", "activity_date")
        .unique()
        .join(pl.LazyFrame({"days_ago": range(7)}), how="cross")
        .group_by("partner_id", (pl.col("activity_date") + pl.duration(days=pl.col("days_ago"))).alias("as_of_date"))
        .agg(pl.len().cast(pl.Int64).alias("usage_days_loaded"))
    )
    return (
        positions.filter(pl.col("as_of_date").is_in(job.requested_days))
        .join(week_before, on=["as_of_date", *POSITION], how="left")
        .join(days_loaded, on=["as_of_date", "partner_id"], how="left")
        .with_columns(
            pl.when("is_trial")
            .then(pl.lit("Enterprise Trial"))
            .otherwise("subscription_id")
            .alias("subscription_label"),
            excess("assigned_licenses", "used_licenses").alias("assigned_unused_licenses"),
            excess("total_licenses", "assigned_licenses").alias("available_licenses"),
            excess("assigned_licenses", "total_licenses").alias("overage_licenses"),
            ratio("assigned_licenses", "total_licenses").alias("assignment_ratio"),
            ratio("used_licenses", "total_licenses").alias("usage_ratio"),
            (pl.col("assigned_licenses") - pl.col("assigned_before")).alias("weekly_assignment_change"),
            (pl.col("used_licenses") - pl.col("used_before")).alias("weekly_usage_change"),
            (pl.col("as_of_date") - pl.col("start_date")).dt.total_days().alias("days_since_added"),
            whole_months("start_date", "as_of_date").alias("months_since_added"),
            (pl.col("end_date") - pl.col("as_of_date")).dt.total_days().alias("days_until_end"),
            whole_months("as_of_date", "end_date").alias("months_remaining"),
            pl.col("usage_days_loaded").fill_null(0),
        )
    )


def with_flags(job: Job, positions: pl.LazyFrame) -> pl.LazyFrame:
    """Positions with their peers and flags."""
    edges = [int(edge) for edge in job.setting("SIZE_BANDS").split(",")]
    labels = [f"{low}-{high - 1}" for low, high in zip([1, *edges], edges, strict=False)] + [f"{edges[-1]}+"]
    band = pl.lit(labels[-1])
    for edge, label in reversed(list(zip(edges, labels, strict=False))):
        band = pl.when(pl.col("total_licenses") < edge).then(pl.lit(label)).otherwise(band)
    group = ["as_of_date", "partner_id", "product"]

    def peers(by: list[str], prefix: str) -> pl.LazyFrame:
        low = float(job.setting("LOW_ASSIGNMENT_PERCENTILE"))
        return (
            positions.filter(pl.col("total_licenses") > 0)
            .with_columns(band.alias("band"))
            .group_by(by)
            .agg(
                pl.len().cast(pl.Int64).alias(f"{prefix}_count"),
                pl.col("assignment_ratio").quantile(low, "linear").alias(f"{prefix}_p25"),
                pl.col("assignment_ratio").quantile(0.5, "linear").alias(f"{prefix}_median"),
            )
        )

    def chosen(figure: str) -> pl.Expr:
        enough = pl.col("band_count") >= int(job.setting("LOW_ASSIGNMENT_MIN_PEERS"))
        return pl.when(enough).then(f"band_{figure}").when(pl.col("total_licenses") > 0).then(f"all_{figure}")

    def ahead(days: str, setting: str) -> pl.Expr:
        return pl.col(days).is_between(0, int(job.setting(setting))).fill_null(False)

    gap = float(job.setting("LOW_ASSIGNMENT_MIN_GAP"))
    return (
        positions.with_columns(pl.when(pl.col("total_licenses") > 0).then(band).alias("band"))
        .join(peers([*group, "band"], "band"), on=[*group, "band"], how="left")
        .join(peers(group, "all"), on=group, how="left")
        .with_columns(pl.lit("all").alias("all_name"), pl.col("band").alias("band_name"))
        .with_columns(
            pl.concat_str("product", chosen("name"), separator=" ").alias("peer_group"),
            chosen("count").alias("peer_count"),
            chosen("p25").alias("peer_p25_ratio"),
            chosen("median").alias("peer_median_ratio"),
            ahead("days_since_added", "RECENTLY_ADDED_DAYS").alias("is_recently_added"),
            (ahead("days_until_end", "EXPIRING_DAYS") & (pl.col("is_trial") | ~pl.col("auto_renew"))).alias(
                "is_expiring"
            ),
            (ahead("days_until_end", "RENEWING_DAYS") & pl.col("auto_renew") & ~pl.col("is_trial")).alias(
                "is_renewing"
            ),
            (pl.col("assigned_licenses") > pl.col("total_licenses")).alias("is_over_limit"),
        )
        .with_columns(
            (
                (pl.col("assignment_ratio") <= pl.col("peer_p25_ratio") + TOLERANCE)
                & (pl.col("peer_median_ratio") - pl.col("assignment_ratio") >= gap - TOLERANCE)
            )
            .fill_null(False)
            .alias("is_low_assignment")
        )
        .drop(HELPERS, strict=False)
    )


def portfolio_kpis(job: Job, positions: pl.LazyFrame, snapshots: pl.LazyFrame, customers: pl.LazyFrame) -> pl.LazyFrame:
    """Customers by what stands out about them, by as-of date and partner."""
    managed = customers.group_by("partner_id", pl.col("snapshot_date").alias("customers_date")).agg(
        pl.col("customer_id").n_unique().cast(pl.Int64).alias("managed_customers")
    )
    flags = {
        "nearing_expiration_customers": "is_expiring",
        "nearing_renewal_customers": "is_renewing",
        "low_assignment_customers": "is_low_assignment",
        "over_limit_customers": "is_over_limit",
    }
    counts = positions.group_by("as_of_date", "partner_id").agg(
        pl.col("customer_id").n_unique().cast(pl.Int64).alias("total_customers"),
        *(
            pl.col("customer_id").filter(pl.col(flag)).n_unique().cast(pl.Int64).alias(name)
            for name, flag in flags.items()
        ),
    )
    return (
        snapshots.filter(pl.col("as_of_date").is_in(job.requested_days))
        .join(managed, on=["partner_id", "customers_date"])
        .join(counts, on=["as_of_date", "partner_id"], how="left")
        .select(
            "as_of_date",
            "partner_id",
            *(pl.col(name).fill_null(0) for name in ("total_customers", *flags)),
            "managed_customers",
        )
    )


def build(job: Job) -> None:
    """Write the two marts as Parquet."""
    datasets = {name: scan(job, name, "snapshot_date") for name in SNAPSHOTS}
    datasets["license_usage"] = scan(job, "license_usage", "activity_date")
    snapshots = partner_snapshots(job, datasets)
    # Positions are used four times over; collecting them once is what a lazy plan can't be trusted to do.
    seen = license_positions(job, snapshots, datasets).collect(engine="streaming").lazy()
    measured = with_measures(job, seen, datasets["license_usage"]).collect(engine="streaming").lazy()
    positions = with_flags(job, measured).sort("as_of_date").collect(engine="streaming")
    kpis = portfolio_kpis(job, positions.lazy(), snapshots, datasets["customers"]).collect(engine="streaming")
    for mart, rows in zip(COMPARED_MARTS, (positions, kpis), strict=True):
        rows.write_parquet(job.result(mart))


def main() -> None:
    """Build the marts of a job, and say how long it took."""
    job = load_job(sys.argv[1])
    with timed():
        build(job)


if __name__ == "__main__":
    main()

"""What decides an as-of day's rows besides its inputs; a day that was built by other rules is stale."""

from dataclasses import dataclass, field

from expectations.contract import CONTRACT_VERSION, METRICS_VERSION


@dataclass(frozen=True)
class DashboardThresholds:
    """From where on the dashboard's sections list a subscription, or a customer's low assignment."""

    # One quarter: the horizon in which partners onboard customers and negotiate renewals.
    recently_added_days: int = 90
    expiring_days: int = 90
    renewing_days: int = 90
    # The lowest quarter of the peers, and ten points behind their middle, so that a portfolio whose
    # customers are all alike has no low assigners; under eight peers a quarter is less than two.
    low_assignment_percentile: float = 0.25
    low_assignment_min_gap: float = 0.1
    low_assignment_min_peers: int = 8
    size_bands: tuple[int, ...] = (25, 100, 500, 2000)
    """Lower edges of the bands of customers' sizes after the first, in licences."""


@dataclass(frozen=True)
class DayRules:
    """All that decides a day's rows besides its inputs."""

    models: str
    """Digest of the dbt models."""
    max_snapshot_age_days: int
    """Days that a lost snapshot is bridged."""
    dashboard: DashboardThresholds = field(default_factory=DashboardThresholds)
    raw_contract: str = CONTRACT_VERSION
    metrics: str = METRICS_VERSION
    engine: str = ""
    """The engine that builds, and where; nothing where DuckDB does. Another one's warehouse does not hold the day."""

    def environment(self) -> dict[str, str]:
        """The thresholds as the environment variables that the dbt models read."""
        values = {"max_snapshot_age_days": self.max_snapshot_age_days, **vars(self.dashboard)}
        return {f"PORTFOLIO_{name.upper()}": _text(value) for name, value in values.items()}

    def by_name(self) -> dict[str, str]:
        """Each rule by the name that users know it by, as the ledger keeps them."""
        versions = {"raw contract": self.raw_contract, "metrics": self.metrics, "models": self.models}
        engine = {"engine": self.engine} if self.engine else {}
        return versions | engine | self.environment()


def _text(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)

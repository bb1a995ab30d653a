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
class DecisionThresholds:
    """What the marts say to do: by when, and from how much on."""

    # A quarter, and a month to talk in before it: the decision on most lines is due 30 days before their end.
    worklist_days: int = 120
    # What reseller agreements ask for where they say nothing else; docs/metrics.md.
    default_notice_days: int = 30
    # Webex's enterprise agreement measures above 20 % of growth (help.webex.com, naaftwj).
    growth_allowance: float = 0.2
    # Holders on holiday and those who join before the next term.
    headroom_percent: int = 10
    # Half of the 90 days: with less, a holder without usage may be one whose usage was not delivered.
    min_usage_days: int = 45
    # A month's term at the shortest: a smaller move of the end is a correction.
    min_term_days: int = 28


@dataclass(frozen=True)
class DayRules:
    """All that decides a day's rows besides its inputs."""

    models: str
    """Digest of the dbt models."""
    max_snapshot_age_days: int
    """Days that a lost snapshot is bridged."""
    dashboard: DashboardThresholds = field(default_factory=DashboardThresholds)
    decisions: DecisionThresholds = field(default_factory=DecisionThresholds)
    raw_contract: str = CONTRACT_VERSION
    metrics: str = METRICS_VERSION
    engine: str = ""
    """The engine that builds, and where; nothing where DuckDB does. Another one's warehouse does not hold the day."""

    def environment(self) -> dict[str, str]:
        """The thresholds as the environment variables that the dbt models read."""
        values = {"max_snapshot_age_days": self.max_snapshot_age_days, **vars(self.dashboard), **vars(self.decisions)}
        return {f"PORTFOLIO_{name.upper()}": _text(value) for name, value in values.items()}

    def by_name(self) -> dict[str, str]:
        """Each rule by the name that users know it by, as the ledger keeps them."""
        versions = {"raw contract": self.raw_contract, "metrics": self.metrics, "models": self.models}
        engine = {"engine": self.engine} if self.engine else {}
        return versions | engine | self.environment()


def _text(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)

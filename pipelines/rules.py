"""What decides an as-of day's rows besides its inputs; a day built by other rules is stale."""

from expectations.contract import CONTRACT_VERSION, METRICS_VERSION
from pipelines.manifest import models_digest
from pipelines.settings import Settings


def rules_in_force(settings: Settings) -> dict[str, str]:
    """The versions of contract and metrics, the dbt models' digest, and every threshold, by the names users know."""
    versions = {"raw contract": CONTRACT_VERSION, "metrics": METRICS_VERSION}
    return {**versions, "models": models_digest(), **settings.thresholds()}

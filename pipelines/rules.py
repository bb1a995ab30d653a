"""What decides an as-of day's rows besides its inputs; a day built by other rules is stale."""

from expectations.contract import CONTRACT_VERSION
from pipelines.manifest import models_digest
from pipelines.settings import Settings


def rules_in_force(settings: Settings) -> dict[str, str]:
    """The contract version, the digest of the dbt models, and every threshold, by the name that a user knows it by."""
    return {"contract version": CONTRACT_VERSION, "models": models_digest(), **settings.thresholds()}

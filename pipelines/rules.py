"""The rules by which as-of days are built now."""

from dataclasses import fields

from pipelines.manifest import models_digest
from pipelines.settings import Settings
from planning.rules import DashboardThresholds, DayRules, DecisionThresholds


def rules_in_force(settings: Settings) -> DayRules:
    """The versions of contract and metrics, the dbt models' digest, and every threshold."""
    dashboard = {field.name: getattr(settings, field.name) for field in fields(DashboardThresholds)}
    decisions = {field.name: getattr(settings, field.name) for field in fields(DecisionThresholds)}
    return DayRules(
        models_digest(),
        settings.max_snapshot_age_days,
        DashboardThresholds(**dashboard),
        DecisionThresholds(**decisions),
        engine=f"spark {settings.spark_schema}" if settings.engine == "spark" else "",
    )

"""Great Expectations, silent, on a pandas frame: which rows break which rule.

The import takes seconds, so it happens on first use. The context lives in memory; nothing is written or sent.
"""

import logging
import os
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from expectations.suites import Rule, Suite

if TYPE_CHECKING:
    import pandas as pd
    from great_expectations.core import ExpectationSuite
    from great_expectations.core.batch_definition import BatchDefinition
    from great_expectations.data_context.data_context.ephemeral_data_context import EphemeralDataContext
    from great_expectations.datasource.fluent.interfaces import Batch

# Read when the package is imported: it asks nobody, and reports to nobody.
os.environ["GX_ANALYTICS_ENABLED"] = "false"

_NAME = "portfolio"
_NUMBER = "rule"


class ExpectationError(Exception):
    """Great Expectations could not evaluate a rule: a defect of this program, not of the data."""


class Broken:
    """A rule that does not hold, and where: the rows' positions, or None where it is about the frame as a whole."""

    def __init__(self, rule: Rule, positions: list[int] | None) -> None:
        self.rule = rule
        self.positions = positions


def broken_rules(frame: "pd.DataFrame", suite: Suite) -> list[Broken]:
    """Evaluate a suite in one go; the rules that do not hold, in its order. `frame` has a fresh range index.

    Raises:
        ExpectationError: a rule could not be evaluated.
    """
    if not suite.rules:
        return []
    batch = _whole_frames().get_batch(batch_parameters={"dataframe": frame})
    # Which rows failed is asked only where some did: collecting them costs as much as the evaluation.
    summary = _validate(batch, suite.name, suite.rules, "BOOLEAN_ONLY")
    failed = [rule for rule, found in zip(suite.rules, summary, strict=True) if not found["success"]]
    details = _validate(batch, suite.name, failed, "COMPLETE") if failed else []
    return [
        Broken(rule, _positions(found["result"].get("unexpected_index_list")))
        for rule, found in zip(failed, details, strict=True)
    ]


def ephemeral_context() -> "EphemeralDataContext":
    """A context in memory, without progress bars."""
    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.enable_analytics(enable=False)
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    return context


def expectation_suite(name: str, rules: Sequence[Rule]) -> "ExpectationSuite":
    """The rules as a suite of Great Expectations."""
    from great_expectations.core import ExpectationSuite
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    # Results come back by column, not in order, and with arguments of other types: `meta` tells whose they are.
    configurations = [
        ExpectationConfiguration(
            type=rule.expectation, kwargs=dict(rule.arguments), description=rule.meaning, meta={_NUMBER: number}
        )
        for number, rule in enumerate(rules)
    ]
    return ExpectationSuite(name=name, expectations=[configuration.to_domain_obj() for configuration in configurations])


@cache
def _whole_frames() -> "BatchDefinition[Any]":
    """What makes a batch of a frame; once a process, since a context takes 25 ms. It keeps the newest frame."""
    asset = ephemeral_context().data_sources.add_pandas(_NAME).add_dataframe_asset(_NAME)
    return asset.add_batch_definition_whole_dataframe(_NAME)


def _validate(batch: "Batch", name: str, rules: Sequence[Rule], result_format: str) -> list[dict[str, Any]]:
    outcome = batch.validate(expectation_suite(name, rules), result_format={"result_format": result_format})
    results = {_number(found): found for found in outcome.results}
    ordered = []
    for number, rule in enumerate(rules):
        found = results[number]
        if error := _error(found.exception_info):
            raise ExpectationError(f"{name}: {rule.meaning}: {error}")
        ordered.append({"success": found.success, "result": found.result})
    return ordered


def _number(found: Any) -> int:
    return int(found.expectation_config.meta[_NUMBER])


def _error(info: Any) -> str:
    """What an evaluation raised; Great Expectations has it by itself, or by metric."""
    entries = [info] if "raised_exception" in info else list(info.values())
    return next((str(entry["exception_message"]) for entry in entries if entry.get("raised_exception")), "")


def _positions(found: Any) -> list[int] | None:
    return None if found is None else [int(position) for position in found]

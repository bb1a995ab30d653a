"""Which published days keep their rows: asked for once something was pruned, and not while a customer is erased."""

from datetime import date
from pathlib import Path

import pytest

from assets import resources
from assets.resources import Workspace
from pipelines.definitions import workspace_of
from pipelines.settings import load_settings
from storage.ledger.open_erasures import begin, end
from storage.ledger.pruning import advance

D = date(2026, 3, 10)


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A home of which D is published."""
    monkeypatch.setattr(resources, "published_days", lambda serving: frozenset([D]))
    return workspace_of(load_settings(home=tmp_path / "home", landing=tmp_path))


@pytest.mark.parametrize(
    ("kind", "kept"), [("customers", True), ("license_usage", True), ("marts", True), ("accounts", False)]
)
def test_once_something_was_pruned_that_days_need(workspace: Workspace, kind: str, kept: bool) -> None:
    with workspace.ledger() as ledger:
        assert workspace.published_where_pruned(ledger) == frozenset()
        advance(ledger, {kind: D})
        assert workspace.published_where_pruned(ledger) == (frozenset([D]) if kept else frozenset())


def test_not_while_a_customer_is_erased(workspace: Workspace) -> None:
    with workspace.ledger() as ledger:
        advance(ledger, {"customers": D})
        begin(ledger, "a holder", {"key": 1})
        assert workspace.published_where_pruned(ledger) == frozenset([D])
        begin(ledger, "a customer", {"subscriptions": []})
        assert workspace.published_where_pruned(ledger) == frozenset()
        end(ledger, ["a customer"])
        assert workspace.published_where_pruned(ledger) == frozenset([D])

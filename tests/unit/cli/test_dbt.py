"""`portfolio dbt`: the window that it gives dbt."""

from datetime import UTC, date, datetime

import pytest
import typer

from cli.dbt import dbt


@pytest.mark.parametrize(
    ("first", "last", "window"),
    [
        (None, None, (date(2026, 3, 9), date(2026, 3, 9))),
        ("today", None, (date(2026, 3, 10), date(2026, 3, 10))),
        ("2026-03-01", None, (date(2026, 3, 1), date(2026, 3, 9))),
        ("2026-03-01", "today", (date(2026, 3, 1), date(2026, 3, 10))),
        (None, "2026-03-04", (date(2026, 3, 4), date(2026, 3, 4))),
    ],
)
def test_the_window_ends_yesterday_unless_today_is_asked_for(monkeypatch, tmp_path, first, last, window):
    asked = []
    monkeypatch.setattr("storage.clock.now", lambda: datetime(2026, 3, 10, 12, tzinfo=UTC))
    monkeypatch.setattr("assets.dbt.window.planned_window", lambda workspace, *days: asked.append(days) or {})
    monkeypatch.setattr("pipelines.manifest.dbt_executable", lambda: "true")
    with pytest.raises(typer.Exit) as ended:
        dbt(typer.Context(typer.main.get_command(_app())), first, last, tmp_path)
    assert ended.value.exit_code == 0
    assert asked == [window]


def _app() -> typer.Typer:
    app = typer.Typer()
    app.command()(lambda: None)
    return app

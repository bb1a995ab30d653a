"""Secrets stay in the objects that need them: not in the environment, which children inherit, nor in what is shown."""

import os

from pipelines.definitions import build_definitions, workspace_of
from pipelines.settings import load_settings
from pipelines.sources import webex_options

KEY, PASSWORD, TOKEN = "a key that only its owner knows", "s3cret-Word", "t0ken-of-webex"
DSN = f"postgresql://owner:{PASSWORD}@127.0.0.1:1/portfolio"


def test_settings_from_a_file_do_not_enter_the_environment(tmp_path, monkeypatch):
    webex = "".join(
        f"PORTFOLIO_WEBEX_{name}={TOKEN}\n" for name in ("TOKEN", "CLIENT_SECRET", "REFRESH_TOKEN", "CLIENT_ID")
    )
    (tmp_path / ".env").write_text(
        f'PORTFOLIO_HASH_KEY="{KEY}"\nPORTFOLIO_POSTGRES_DSN={DSN}\nPORTFOLIO_DAGSTER_DSN={DSN}\nPORTFOLIO_SOURCE=webex\n{webex}'
    )
    monkeypatch.chdir(tmp_path)
    before = dict(os.environ)
    settings = load_settings(home=tmp_path / "home")
    definitions = build_definitions(settings)
    assert dict(os.environ) == before
    shown = repr((definitions.resources, settings, workspace_of(settings)))
    assert KEY not in shown
    assert PASSWORD not in shown
    assert TOKEN not in shown
    assert TOKEN not in repr(webex_options(settings))
    assert webex_options(settings).credentials.token.read() == TOKEN


def test_the_key_outside_a_run_is_the_key_itself(tmp_path):
    settings = load_settings(home=tmp_path / "home", hash_key=KEY)
    assert workspace_of(settings).ingest_rules().holder_key == KEY.encode()
    assert not (tmp_path / "home" / "hash.key").exists()


def test_without_a_key_the_home_folders_own_is_made(tmp_path):
    workspace = workspace_of(load_settings(home=tmp_path / "home"))
    assert workspace.ingest_rules().holder_key == (tmp_path / "home" / "hash.key").read_bytes()

"""The source that the settings name."""

from pathlib import Path
from typing import get_args

from pipelines.settings import Settings, load_settings
from pipelines.sources import SOURCES, source_of


def test_every_source_that_a_setting_can_name_has_an_entry() -> None:
    assert SOURCES.keys() == set(get_args(Settings.model_fields["source"].annotation))


def test_a_source_bears_the_name_that_the_setting_has_for_it(tmp_path: Path) -> None:
    settings = load_settings(home=tmp_path, landing=tmp_path / "landing")
    assert {name: source(settings).name for name, source in SOURCES.items()} == {name: name for name in SOURCES}


def test_files_lie_in_the_landing_folder(tmp_path: Path) -> None:
    settings = load_settings(home=tmp_path / "home", landing=tmp_path / "landing")
    assert source_of(settings).landing.root == tmp_path / "landing"

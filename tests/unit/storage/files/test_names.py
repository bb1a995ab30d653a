"""Names that can't work are refused before anything is written; all others are names."""

from pathlib import Path

import pytest

from storage.files.names import shown, unusable


@pytest.mark.parametrize(
    "name",
    ["status=active", "a b", "it's", '"q"', "[ab]", "*", "ü ☃", ";", "{x}", "$HOME", "a\\b", "~", "@:+!", "(x)", "Ω"],
)
def test_names_that_work(name: str) -> None:
    assert unusable(Path("/srv") / name / "home", home=True) == ""
    assert unusable(Path("/srv") / name) == ""


@pytest.mark.parametrize("name", ["a?b", "a#b", "50%", "%41", "[a]\\b"])
def test_names_that_no_home_can_have(name: str) -> None:
    assert unusable(Path("/srv") / name / "home", home=True)
    assert unusable(Path("/srv") / name) == "", "files are only read there"


@pytest.mark.parametrize("name", ["a\nb", "a\tb", "\x1b[31m", "\x7f", "caf\udce9"])
def test_names_that_are_no_text(name: str) -> None:
    assert unusable(Path("/srv") / name)
    assert shown(Path("/srv") / name).isprintable()

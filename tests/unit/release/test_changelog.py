"""What was unreleased becomes the version's section, and nothing else of the changelog changes."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from release.changelog import cut, section, sections
from release.declared import check_version, with_version
from release.errors import ReleaseError

DAY = date(2026, 11, 26)
HEAD = "# Changelog\n\nVersions follow semantic versioning.\n\n## Unreleased\n"
OLD = "## 0.1.0\n\nFirst version.\n\n- Raw contract 1.\n"
LINES = st.lists(st.text("abc `#-*\n", min_size=1).map(lambda text: f"- {text.replace('## ', '')}x"), min_size=1)


def test_the_lines_move_below_the_version_and_its_day():
    assert cut(f"{HEAD}\n- One.\n- Two,\n  longer.\n\n{OLD}", "0.2.0", DAY) == (
        f"{HEAD}\n## 0.2.0 - 2026-11-26\n\n- One.\n- Two,\n  longer.\n\n{OLD}"
    )


def test_blanks_behind_the_heading_are_no_part_of_it():
    text = f"{HEAD.rstrip()} \n\n- One.\n\n{OLD}"
    assert cut(text, "0.2.0", DAY) == f"{HEAD}\n## 0.2.0 - 2026-11-26\n\n- One.\n\n{OLD}"


def test_the_first_version_of_all():
    assert cut(f"{HEAD}\n- One.\n", "0.1.0", DAY) == f"{HEAD}\n## 0.1.0 - 2026-11-26\n\n- One.\n"


@given(LINES)
def test_no_line_is_lost_and_a_second_cut_changes_nothing(lines):
    body = "\n".join(lines)
    once = cut(f"{HEAD}\n{body}\n\n{OLD}", "0.2.0", DAY)
    assert [(found.name, found.day) for found in sections(once)] == [
        ("Unreleased", None),
        ("0.2.0", DAY),
        ("0.1.0", None),
    ]
    assert section(once, "0.2.0").body == body.strip()
    assert section(once, "Unreleased").body == ""
    assert once.endswith(OLD)
    assert cut(once, "0.2.0", date(2026, 11, 27)) == once


@pytest.mark.parametrize(
    "text, version, said",
    [
        (f"{HEAD}\n{OLD}", "0.2.0", "nothing below Unreleased"),
        (f"{HEAD}\n   \n\n{OLD}", "0.2.0", "nothing below Unreleased"),
        (f"# Changelog\n\n{OLD}", "0.2.0", "no heading `## Unreleased`"),
        (f"{HEAD}\n- One.\n\n{OLD}", "0.0.9", "0.0.9 is not newer than 0.1.0"),
        (f"{HEAD}\n- One.\n\n{OLD}", "0.1.0rc1", "0.1.0rc1 is not newer than 0.1.0"),
        (f"{HEAD}\n- One.\n\n{OLD}", "0.1.0", "lines below Unreleased, and a section 0.1.0 already"),
        (f"{HEAD}\n\n## 0.2.0 - 2026-11-26\n\n- One.\n\n{OLD}", "0.1.0", "0.1.0 is not newer than 0.2.0"),
    ],
)
def test_what_can_t_be_cut_is_said_in_one_line(text, version, said):
    with pytest.raises(ReleaseError, match=said) as raised:
        cut(text, version, DAY)
    assert "\n" not in str(raised.value)


def test_ten_is_newer_than_nine():
    assert "## 0.10.0 - 2026-11-26\n" in cut(f"{HEAD}\n- One.\n\n## 0.9.0\n\n- Zero.\n", "0.10.0", DAY)


@pytest.mark.parametrize("version", ["0.2.0", "1.10.3", "0.2.0rc1"])
def test_versions_that_python_and_semantic_versioning_read_alike(version):
    assert check_version(version) == version


@pytest.mark.parametrize("version", ["", "0.2", "v0.2.0", "0.2.0-rc1", "00.2.0", "0.2.0.post1", "0.2.0\n", "$(id)"])
def test_other_words_are_no_version(version):
    with pytest.raises(ReleaseError, match="is no version"):
        check_version(version)


def test_the_version_is_one_line_of_pyproject():
    before = '[project]\nname = "x"\nversion = "0.1.0"\n\n[tool.other]\nversion = "9"\n'
    assert with_version(before, "0.2.0") == before.replace("0.1.0", "0.2.0")


@pytest.mark.parametrize("text", ["[project]\nname = 'x'\nversion = '0.1.0'\n", '[tool.x]\nversion = "1"\n[project]\n'])
def test_a_version_that_is_written_otherwise_is_refused(text):
    with pytest.raises(ReleaseError, match="no line `version"):
        with_version(text, "0.2.0")

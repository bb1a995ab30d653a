"""The documentation against the repository: links, commands, settings, reasons of quarantine."""

import re
import shlex
from datetime import date
from pathlib import Path

import pytest
import typer

from cli.main import app
from expectations.contract import DATASETS, Reason
from pipelines.settings import PREFIX, Settings

ROOT = Path(__file__).resolve().parents[2]
DOCS = sorted((ROOT / "docs").rglob("*.md"))
PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "dbt_project/README.md")] + DOCS
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
SETTING = re.compile(r"^\| `(PORTFOLIO_\w+)` \| (\S+) \| ", re.MULTILINE)
COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]
PROGRAMS = sorted(
    file
    for room in ("assets", "bi", "cli", "pipelines", "sources", "storage")
    for file in (ROOT / room).rglob("*.py")
    if "partner-portfolio[" in file.read_text()
)
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def by_path(path):
    return str(path.relative_to(ROOT))


def anchors(page):
    """The anchors that GitHub gives the page's headings."""
    prose = FENCE.sub("", page.read_text())
    titles = re.findall(r"^#+ (.+)$", prose, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def commands(page):
    """Every `make …` and `portfolio …` of the page's shell blocks and of its inline code, as words."""
    text = page.read_text()
    lines = [
        line for language, body in FENCE.findall(text) if language in ("sh", "console") for line in body.splitlines()
    ]
    lines += re.findall(r"`([^`\n]+)`", FENCE.sub("", text))
    words = [
        shlex.split(line, comments=True) for line in lines if re.match(r"\s*(\.venv/bin/)?(make|portfolio) ", line)
    ]
    return [[line[0].rpartition("/")[2], *line[1:]] for line in words]


@pytest.mark.parametrize("page", PAGES, ids=by_path)
def test_links_lead_somewhere(page):
    for link in LINK.findall(FENCE.sub("", page.read_text())):
        if link.startswith(("http://", "https://")):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("page", PAGES, ids=by_path)
def test_commands_exist_and_take_the_options_that_are_shown(page):
    for program, name, *arguments in commands(page):
        if program == "make":
            assert name in TARGETS, name
            continue
        if name.startswith(("…", "-")):
            continue
        assert name in COMMANDS, name
        command = COMMANDS[name]
        if arguments and hasattr(command, "commands"):  # a group: its own command follows
            assert arguments[0] in command.commands, arguments
            command = command.commands[arguments[0]]
        options = {option for parameter in command.params for option in parameter.opts}
        if name != "dbt":  # the rest of its line is dbt's
            assert {word for word in arguments if word.startswith("--")} <= options, arguments


def test_the_readme_opens_with_demo_and_test():
    assert [line[:2] for line in commands(ROOT / "README.md")][:2] == [["make", "demo"], ["make", "test"]]


@pytest.mark.parametrize("section", ["Try it", "Your own data"])
def test_readme_puts_the_command_on_the_path_before_it_is_used(section):
    text = (ROOT / "README.md").read_text().partition(f"## {section}\n")[2].partition("\n## ")[0]
    assert ". .venv/bin/activate" in re.split(r"^ *`?portfolio ", text, maxsplit=1, flags=re.MULTILINE)[0]


def test_plain_words():
    packages = ("assets", "cli", "contracts", "pipelines", "planning", "sources", "storage", "expectations")
    modules = [path for package in packages for path in (ROOT / package).rglob("*.py")]
    models = [path for ending in ("yml", "sql", "md") for path in (ROOT / "dbt_project").rglob(f"*.{ending}")]
    outdated = re.compile(
        r"\bmend(s|ed|ing)?\b|nothing to remark|\b(has|have) (its|their) turn\b|\brows count on\b|\bfor ever\b"
        r"|\bwav(e|es|ed|ing)( \w+)* through\b|\bhangs? on\b|\bturned down\b|\bbears?\b",
        re.IGNORECASE,
    )
    pages = [path for path in PAGES if path.name != "CHANGELOG.md"]
    assert {by_path(path) for path in [*pages, *modules, *models] if outdated.search(path.read_text())} == set()


def rows_of_changes():
    """The table of CONTRIBUTING.md: each change with the files that it names, as links."""
    table = (ROOT / "CONTRIBUTING.md").read_text().partition("## Where to change what\n")[2].partition("\n## ")[0]
    rows = [line.split(" | ") for line in table.splitlines() if line.startswith("| a ")]
    return {change.removeprefix("| "): LINK.findall(files) for change, files, _ in rows}


def test_where_to_change_what_names_the_likely_changes():
    changes = " ".join(rows_of_changes())
    likely = ("threshold", "rule", "column", "mart", "section", "dataset", "source", "check", "setting", "chart")
    likely += ("column of a dataset", "subcommand", "table")
    assert [word for word in likely if not re.search(rf"\ba {word}\b", changes)] == []


def test_where_to_change_what_names_files_that_exist_and_few_of_them():
    for change, files in rows_of_changes().items():
        assert change == "a check of marts" or files, change
        assert all((ROOT / file.partition("#")[0]).exists() for file in files), change
        assert len(files) <= (5 if change == "a column of a mart" else 6), change


def test_the_dbt_project_s_page_shows_every_intermediate_model():
    project = ROOT / "dbt_project"
    shown = re.findall(r"\bintermediate\.(\w+) ", (project / "README.md").read_text())
    assert sorted(shown) == sorted(path.stem for path in (project / "models" / "intermediate").glob("*.sql"))


def test_every_page_is_in_the_index():
    for page in DOCS:
        name = page.relative_to(ROOT / "docs").as_posix()
        index = "bi-recipes.md" if name.startswith("bi/") else "README.md"
        assert name == "README.md" or f"({name})" in (ROOT / "docs" / index).read_text(), page


def test_operations_lists_every_setting_with_its_default():
    listed = dict(SETTING.findall((ROOT / "docs" / "operations.md").read_text()))
    defaults = {PREFIX + name.upper(): shown(field.default) for name, field in Settings.model_fields.items()}
    assert listed == defaults


def shown(default):
    if default is None:
        return "unset"
    text = ",".join(map(str, default)) if isinstance(default, tuple) else str(default)
    return f"`{text}`"


def test_the_raw_contract_names_every_check_of_references():
    page = (ROOT / "docs" / "raw-contract.md").read_text()
    declared = (ROOT / "dbt_project" / "models" / "staging" / "staging.yml").read_text()
    checks = set(re.findall(r"name: (\w+_(?:refer_to|keep_their)_\w+)", declared))
    assert len(checks) == 7 and checks == set(re.findall(r"`(\w+_(?:refer_to|keep_their)_\w+)`", page))


def test_operations_names_every_day_that_looks_back_on_a_late_snapshot():
    lines = (ROOT / "docs" / "operations.md").read_text().splitlines()
    row = next(line for line in lines if line.startswith("| a snapshot of day S |"))
    days = {before for dataset in DATASETS.values() if dataset.is_snapshot for before in dataset.serves.days_before}
    assert [int(days) for days in re.findall(r"S\+(\d+)", row)] == [3, *sorted(days - {0})]


def test_defaults_are_shown_as_they_are_written():
    assert [shown(value) for value in (None, (25, 100), 0.05, date(2020, 1, 1))] == [
        "unset",
        "`25,100`",
        "`0.05`",
        "`2020-01-01`",
    ]


@pytest.mark.parametrize("reason", Reason)
def test_the_raw_contract_explains_every_reason(reason):
    assert f"| `{reason}` |" in (ROOT / "docs" / "raw-contract.md").read_text()


@pytest.mark.parametrize("page", PAGES, ids=by_path)
def test_no_page_holds_both_sides_of_a_merge(page):
    assert not re.search(r"^(<{7}|={7}|>{7})( |$)", page.read_text(), re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=by_path)
def test_pages_name_no_folder_of_the_machine_they_were_written_on(page):
    assert not re.search(r"/(work|root|home)/\w", re.sub(r"demo/home", "", page.read_text()))


@pytest.mark.parametrize("file", PAGES + PROGRAMS, ids=by_path)
def test_nobody_is_told_to_install_by_a_name_that_no_index_has_from_us(file):
    assert not re.search(r"(pip|pipx|uv|uv tool) install [^\n`]*\bpartner-portfolio\b", file.read_text())
    remedies = re.findall(r"partner-portfolio\[\w+\](.{0,15})", file.read_text())
    assert all(after.startswith(" from its wheel") for after in remedies), remedies


def test_there_are_messages_that_say_what_to_install():
    assert len(PROGRAMS) >= 7


def test_the_table_of_packages_names_every_room():
    rows = re.findall(r"^\| \d \| `(\w+)` \| (.*) \|$", (ROOT / "docs" / "architecture.md").read_text(), re.MULTILINE)
    rooms = {package: {path.parent.name for path in (ROOT / package).glob("*/__init__.py")} for package, _ in rows}
    assert sum(map(len, rooms.values())) > 20
    assert [(package, room) for package, said in rows for room in rooms[package] if f"`{room}`" not in said] == []

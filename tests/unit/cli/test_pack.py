"""`portfolio pack`: which customer, which file, and one line for every mistake."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import Result
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from cli.errors import UsageError, UserError
from cli.main import app
from cli.pack import file_name

from ..pipelines.pack.published import create, insert, others, overview, position


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder to be in, beside a home with a publication."""
    serving = tmp_path / "home" / "serving"
    serving.mkdir(parents=True)
    with create(serving / "portfolio.duckdb") as connection:
        overview(connection, "c1", "Acme AG")
        position(connection, customer_name="Acme AG")
        others(connection, 3)
        insert(connection, "forecast_skill", skill=None)
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    yield work


def pack(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["pack", *arguments, "--home", str(folder.parent / "home")])


def error(result: Result, kind: type[UserError] = UserError) -> str:
    assert isinstance(result.exception, kind), result.exception
    message = str(result.exception)
    assert "\n" not in message
    return message


@pytest.mark.parametrize(("file_format", "begins"), [("pdf", b"%PDF-"), ("html", b"<!doctype"), ("xlsx", b"PK")])
def test_a_pack_is_named_by_customer_and_format(folder: Path, file_format: str, begins: bytes) -> None:
    result = pack(folder, "acme", "--format", file_format)
    assert result.exit_code == 0, result.exception
    (written,) = folder.iterdir()
    assert written.name == f"c1.{file_format}"
    assert written.read_bytes().startswith(begins)
    assert result.stdout == f"Acme AG as of 2026-03-22 in c1.{file_format}\n"


def test_a_file_that_is_there_stays_unless_told_otherwise(folder: Path) -> None:
    (folder / "c1.html").write_text("mine")
    assert error(pack(folder, "c1", "--format", "html")) == "c1.html exists; --overwrite replaces it"
    assert (folder / "c1.html").read_text() == "mine"
    assert pack(folder, "c1", "--format", "html", "--overwrite").exit_code == 0
    assert pack(folder, "c1", "--format", "html", "--output", "review/mine.html").exit_code == 0
    assert (folder / "c1.html").read_bytes() == (folder / "review" / "mine.html").read_bytes()
    assert "is a folder" in error(pack(folder, "c1", "--output", "review"))


def test_several_customers_are_listed(folder: Path) -> None:
    result = pack(folder, "rival")
    assert "3 customers" in error(result, UsageError)
    assert [line.split()[0] for line in result.stderr.splitlines()[:3]] == ["other-0", "other-1", "other-2"]
    assert "nobody" in error(pack(folder, "nobody"), UsageError)
    assert not list(folder.iterdir())


@pytest.mark.parametrize("wrong", [("--format", "docx"), ("--as-of", "yesterday"), ("--partner", "nobody")])
def test_an_option_that_can_t_be_meant_is_wrong_usage(folder: Path, wrong: tuple[str, str]) -> None:
    assert wrong[1] in error(pack(folder, "acme", *wrong), UsageError)
    assert not list(folder.iterdir())


def test_a_log_of_json_names_no_customer(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "c1.html").write_text("mine")
    monkeypatch.setenv("PORTFOLIO_LOG", "json")
    result = pack(folder, "rival")
    assert result.stderr == "" and "means 3 customers" in error(result, UsageError)
    assert error(pack(folder, "acme", "--format", "html")) == "… exists; --overwrite replaces it"
    named = pack(folder, "acme", "--format", "html", "--output", "c1.html")
    assert error(named) == "c1.html exists; --overwrite replaces it"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--format", "docx"], "there is no format 'docx'; there are pdf, html, xlsx"),
        (["--as-of", "2026-03-01"], "2026-03-01 is not published; published are 2026-03-22"),
        (["--as-of", "March"], "--as-of 'March' is no day of the calendar; write YYYY-MM-DD"),
        (["--partner", "p2"], "partner 'p2' is not published; published are p1"),
    ],
)
def test_a_mistake_is_one_line(folder: Path, options: list[str], message: str) -> None:
    assert error(pack(folder, "c1", *options)) == message
    assert not list(folder.iterdir())


def test_without_typst_one_line_says_what_to_do(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found: Any = lambda name: None if name == "typst" else object()  # noqa: E731
    monkeypatch.setattr("importlib.util.find_spec", found)
    message = "a PDF needs Typst: install partner-portfolio[pack] from its wheel, or choose --format html or xlsx"
    assert error(pack(folder, "c1")) == message
    assert pack(folder, "c1", "--format", "html").exit_code == 0


def test_without_a_publication_one_line_says_so(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["pack", "c1", "--home", str(tmp_path)])
    assert error(result).endswith("; `portfolio materialize` publishes")


@given(st.text(min_size=1))
def test_no_customer_s_id_leads_elsewhere(customer_id: str) -> None:
    name = file_name(customer_id, "pdf")
    assert "/" not in name and "\0" not in name and not name.startswith((".", "-"))
    assert len(name.encode()) < 200  # it is written as .NAME.PROCESS-RANDOM.writing, of at most 255 bytes
    assert name.endswith(".pdf")


@given(st.lists(st.sampled_from("._-%/a \U00020000") | st.text(max_size=3), max_size=130).map("".join))
def test_ids_keep_their_name_where_it_can_be_one_and_are_told_apart(customer_id: str) -> None:
    name = file_name(customer_id, "pdf").removesuffix(".pdf")
    if name != customer_id:
        assert name.endswith(f"-{hashlib.sha256(customer_id.encode()).hexdigest()[:8]}")


def test_names_of_different_ids_differ() -> None:
    ids = ["..", "%", "_", "", ".", "-", "/", "a/b", "a_b", "\U00020000" * 60, "\U00020000" * 61, "N-01"]
    assert len({file_name(one, "pdf") for one in ids}) == len(ids)
    assert file_name("N-01", "pdf") == "N-01.pdf" and file_name("_", "pdf") == "_.pdf"


def test_an_id_of_long_letters_is_written(folder: Path) -> None:
    with duckdb.connect(str(folder.parent / "home" / "serving" / "portfolio.duckdb")) as connection:
        overview(connection, "\U00020000" * 70, "Long AG")
    result = pack(folder, "long ag", "--format", "html")
    assert result.exit_code == 0, result.exception
    (written,) = folder.iterdir()
    assert written.name.startswith("\U00020000" * 30 + "-") and written.suffix == ".html"

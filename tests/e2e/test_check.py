"""`portfolio check` as a user runs it: what it says, how it ends, and that it leaves nothing behind."""

import json
import os
import signal
import subprocess
import time
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest

from expectations.contract import DATASETS

from .running import PORTFOLIO, TIMEOUT_SECONDS, assert_one_error_line, portfolio

GOLDEN = Path(__file__).parent.parent / "golden" / "landing"
ROWS = {
    "customers": "p,c1,<b>Acme & Söhne</b>,DE,2020-01-01",
    "subscriptions": "p,c1,s1,false,active,2026-01-01,,true",
    "license_assignments": "p,c1,s1,meetings,EE,,10,4",
    "license_usage": "p,c1,s1,meetings,ann@example.org,1",
    "contract_lines": "p,c1,s1,meetings,EE,EUR,12.50,9,30,named_user,,12",
    "accounts": "p,c1,Kim Doe,SMB,",
}
CLEAN, REFUSED, UNUSABLE, REMARKS = 0, 1, 2, 3


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Nothing is configured; temporary files have a folder of their own."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PORTFOLIO_", "DAGSTER_"))}
    return kept | {"TMPDIR": str(temporary), "COLUMNS": "80"}


def land(folder: Path, day: date, **rows: list[str]) -> Path:
    landing = folder / "landing"
    for name, dataset in DATASETS.items():
        partition = landing / name / day.isoformat()
        partition.mkdir(parents=True, exist_ok=True)
        lines = [",".join(dataset.column_names), *rows.get(name, [ROWS[name]])]
        (partition / "export.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return landing


def check(folder: Path, environment: dict[str, str], *arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    """Run the command in a folder; nothing may be left of it."""
    before = sorted(folder.rglob("*"))
    done = portfolio("check", *arguments, folder=folder, environment=environment)
    assert "Traceback" not in done.stderr
    assert sorted(folder.rglob("*")) == before
    return done


def test_a_clean_folder(tmp_path: Path, environment: dict[str, str]) -> None:
    done = check(tmp_path, environment, land(tmp_path, date(2026, 3, 1)))
    assert (done.returncode, done.stderr) == (CLEAN, "")
    assert "clean: everything would be loaded" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80 + len(str(tmp_path))


def test_json_counts_what_the_files_hold(tmp_path: Path, environment: dict[str, str]) -> None:
    usage = [*[ROWS["license_usage"]] * 19, "p,c1,s1,meetings,bob@example.org,0"]
    landing = land(tmp_path, date(2026, 3, 1), license_usage=usage)
    done = check(tmp_path, environment, landing, "--format", "json")
    assert done.returncode == REMARKS
    found = json.loads(done.stdout)
    assert (found["verdict"], found["exit_code"], found["first_day"]) == ("remarks", REMARKS, "2026-03-01")
    counts = {"read": 20, "accepted": 19, "quarantined": 1, "duplicate": 0}
    assert found["datasets"]["license_usage"]["rows"] == counts
    (partition,) = found["datasets"]["license_usage"]["partitions"]
    assert partition["files"] == [{"name": "export.csv", "problem": None, "rows": counts}]
    (sample,) = found["datasets"]["license_usage"]["samples"]
    assert (sample["record"], sample["reasons"], sample["values"]["user_id"]) == (20, ["negative_count"], "•••")
    assert "example.org" not in done.stdout
    assert found["as_of_days"] == {"buildable": ["2026-03-01"], "not_buildable": {}}


class Page(HTMLParser):
    """Collects the text of a page, and what it would fetch."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.text: list[str] = []
        self.tags: list[str] = []
        self.links: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def test_the_page_is_one_file_and_shows_delivered_text_as_text(tmp_path: Path, environment: dict[str, str]) -> None:
    landing = land(tmp_path, date(2026, 3, 1), customers=["p,,<script>alert(1)</script>,DE,"] * 4)
    report = tmp_path / "report.html"
    done = portfolio("check", landing, "--format", "html", "--output", report, folder=tmp_path, environment=environment)
    assert (done.returncode, done.stdout) == (REFUSED, "")
    page = Page(report.read_text(encoding="utf-8"))
    assert page.links == []
    assert "script" not in page.tags
    assert any("<script>alert(1)</script>" in text for text in page.text)
    assert any("4 of 4 rows (100.0 %) break the contract" in text for text in page.text)


def test_a_table_in_a_file(tmp_path: Path, environment: dict[str, str]) -> None:
    report = tmp_path / "report.txt"
    done = portfolio("check", GOLDEN, "--output", report, folder=tmp_path, environment=environment)
    assert done.returncode == REMARKS
    assert done.stdout == ""
    assert "subscriptions/2024-05-29/export.csv  6  duplicate_key" in report.read_text(encoding="utf-8")


def test_a_report_takes_the_place_of_the_last_one_and_of_no_link(tmp_path: Path, environment: dict[str, str]) -> None:
    landing, report, elsewhere = land(tmp_path, date(2026, 3, 1)), tmp_path / "report.json", tmp_path / "elsewhere"
    asked = ["check", landing, "--format", "json", "--output"]
    report.write_text("last night's")
    assert portfolio(*asked, report, folder=tmp_path, environment=environment).returncode == CLEAN
    assert json.loads(report.read_text())["verdict"] == "clean"
    elsewhere.write_text("another's")
    (tmp_path / "link").symlink_to(elsewhere)
    for name, said in (("link", "link is a link"), ("landing", "landing is a folder"), ("elsewhere/r", "elsewhere")):
        refused = portfolio(*asked, tmp_path / name, folder=tmp_path, environment=environment)
        assert refused.returncode == UNUSABLE, name
        assert_one_error_line(refused, said)
    asked[1] = "nothing-here"  # the file is looked at before the landing folder is
    assert_one_error_line(portfolio(*asked, "link", folder=tmp_path, environment=environment), "link is a link")
    assert elsewhere.read_text() == "another's"


def test_some_datasets_and_days(tmp_path: Path, environment: dict[str, str]) -> None:
    for day in (1, 2, 3):
        landing = land(tmp_path, date(2026, 3, day))
    (landing / "customers" / "2026-03-02" / "export.csv").write_bytes(b"\xff")
    only = ["--dataset", "customers", "--from", "2026-03-01", "--to", "2026-03-01"]
    assert check(tmp_path, environment, landing, *only).returncode == CLEAN
    whole = check(tmp_path, environment, landing)
    assert whole.returncode == REFUSED
    assert "export.csv: is not UTF-8" in whole.stdout


def test_an_empty_folder(tmp_path: Path, environment: dict[str, str]) -> None:
    (tmp_path / "empty").mkdir()
    done = check(tmp_path, environment, "empty")
    assert done.returncode == REFUSED
    assert "no partition" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere"], "does not exist"),
        (["file"], "is not a folder"),
        ([".", "--from", "2026-03-02", "--to", "2026-03-01"], "--from 2026-03-02 is after --to 2026-03-01"),
        ([".", "--from", "2026-3-2"], "--from '2026-3-2'"),
        ([".", "--dataset", "invoices"], "there is no dataset 'invoices'"),
        ([".", "--format", "pdf"], "--format 'pdf'"),
    ],
)
def test_what_can_not_be_checked(arguments: list[str], said: str, tmp_path: Path, environment: dict[str, str]) -> None:
    (tmp_path / "file").touch()
    done = check(tmp_path, environment, *arguments)
    assert done.returncode == UNUSABLE
    assert_one_error_line(done, said)


def test_an_interrupt_is_one_line_and_leaves_nothing(tmp_path: Path, environment: dict[str, str]) -> None:
    landing = tmp_path / "landing"
    simulated = ["simulate", landing, "--from", "2026-01-01", "--to", "2026-03-01", "--customers", "20"]
    assert portfolio(*simulated, environment=environment).returncode == 0
    process = subprocess.Popen(
        [PORTFOLIO, "check", landing],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    temporary = tmp_path / "temporary"
    while process.poll() is None and not list(temporary.rglob("part-0.parquet")):
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    said, errors = process.communicate(timeout=TIMEOUT_SECONDS)
    assert process.returncode == 130, said + errors
    assert errors.startswith("error: interrupted")
    assert len(errors.splitlines()) == 1
    assert list(temporary.iterdir()) == []

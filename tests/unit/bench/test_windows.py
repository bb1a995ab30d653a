"""The benchmark of sliding windows: its data, its answers, its contenders, and what becomes of a run."""

import sys
from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bench.windows import __main__ as windows
from bench.windows import page, registry, results, running, solving
from bench.windows.checking import compare
from bench.windows.data import ANSWERS, FIRST, Size, activity, answers, groups_of, make
from bench.windows.registry import CONTENDERS, Contender, code_lines
from bench.windows.results import Results
from bench.windows.task import LONG, SHORT, Failure, Run, Task, task_from_json

SIZE = Size("tiny", 300, 130, 12)
HERE = ("duckdb_", "polars_", "numpy_", "pandas_")
"""Contenders whose tools the project has."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(SIZE, tmp_path_factory.mktemp("windows"))


@pytest.fixture
def task(folder: Path, tmp_path: Path) -> Task:
    spill = tmp_path / "spill"
    spill.mkdir()
    return Task(str(folder / "events.parquet"), str(folder / "answers.parquet"), FIRST, SIZE.last, 2, 1.0, str(spill))


def naive_answers(events: pa.Table) -> list[tuple[date, int, int, int]]:
    """Sets of users, window by window, from the rows that contenders read."""
    users: dict[tuple[date, int], set[int]] = defaultdict(set)
    for event in events.to_pylist():
        users[event["day"], event["group_id"]].add(event["user_id"])
    found = []
    for number in range(SIZE.days):
        day = FIRST + timedelta(days=number)
        for group in range(SIZE.groups):
            seen = {
                length: set().union(*(users[day - timedelta(days=ago), group] for ago in range(length)))
                for length in (SHORT, LONG)
            }
            if seen[LONG]:
                found.append((day, group, len(seen[SHORT]), len(seen[LONG])))
    return found


def test_the_answers_are_a_naive_count_of_the_events(folder: Path) -> None:
    events, expected = pq.read_table(folder / "events.parquet"), pq.read_table(folder / "answers.parquet")
    rows = list(zip(*(expected.column(name).to_pylist() for name in ANSWERS.names), strict=True))
    assert rows == naive_answers(events)
    assert events.group_by(["day", "group_id", "user_id"]).aggregate([]).num_rows == events.num_rows > 10_000


def test_the_data_are_the_same_everywhere(folder: Path) -> None:
    events = pq.read_table(folder / "events.parquet")
    sums = [int(events.column(name).to_numpy().astype("int64").sum()) for name in ("group_id", "user_id")]
    assert (events.num_rows, *sums) == (12_778, 46_805, 971_966)
    assert [(row["group_id"], row["user_id"]) for row in events.slice(0, 3).to_pylist()] == [(0, 63), (0, 141), (4, 77)]


def test_made_data_are_kept(folder: Path) -> None:
    before = (folder / "events.parquet").stat().st_mtime_ns
    make(SIZE, folder.parent)
    assert (folder / "events.parquet").stat().st_mtime_ns == before


def test_a_window_has_its_length() -> None:
    active = np.zeros((100, 1), dtype=np.bool_)
    active[0] = True
    counted = answers(np.array([0]), active, 2).to_pydict()
    assert counted["users_90"] == [1] * LONG
    assert counted["users_7"] == [1] * SHORT + [0] * (LONG - SHORT)


def test_a_user_is_in_two_groups_at_the_most() -> None:
    groups = groups_of(np.arange(400), 10)
    assert set(groups) == set(range(10))
    assert (groups[::2] ^ 1 == groups[1::2]).all()
    assert 0.2 < activity(np.arange(400), 60).mean() < 0.45


@pytest.mark.parametrize("contender", [c for c in CONTENDERS if c.module.startswith(HERE) and not c.package])
def test_contenders_are_right(contender: Contender, task: Task) -> None:
    run = solving.run(solving.contender_module(contender.module), task)
    assert run.rows == pq.read_metadata(task.answers).num_rows
    assert (run.wrong == 0) == contender.exact
    assert run.largest_error <= (0 if contender.exact else 0.7)


@pytest.mark.parametrize("contender", CONTENDERS, ids=lambda contender: contender.key)
def test_contenders_have_code(contender: Contender) -> None:
    assert contender.lines > 5
    assert (registry.FOLDER / "contenders" / f"{contender.module}.py").exists()


def test_every_module_competes() -> None:
    modules = {file.stem for file in (registry.FOLDER / "contenders").glob("*.py")} - {"__init__"}
    assert modules == {contender.module for contender in CONTENDERS}


def test_other_answers_are_found(folder: Path) -> None:
    right = pq.read_table(folder / "answers.parquet")
    shuffled = right.take(np.random.default_rng(1).permutation(right.num_rows))
    assert compare(shuffled, str(folder / "answers.parquet")) == (0, 0.0, 0.0)
    counts = right.column("users_90").to_numpy().copy()
    counts[5] *= 2
    wrong = right.set_column(3, "users_90", pa.array(counts))
    assert compare(wrong, str(folder / "answers.parquet"))[::2] == (1, 1.0)
    with pytest.raises(ValueError, match=f"{right.num_rows - 1} rows, not those of the {right.num_rows} days"):
        compare(right.slice(1), str(folder / "answers.parquet"))


def test_a_task_survives_its_json(task: Task) -> None:
    assert task_from_json(task.to_json()) == task


def test_lines_of_code_are_those_that_say_something() -> None:
    said = '"""What it is.\n\nMore.\n"""\n\nimport re  # why\n\n# a comment\nQUERY = """\nselect 1\n"""\n\n\n'
    source = said + 'def f():\n    """Do."""\n    return (\n        1\n    )\n'
    assert code_lines(source) == 8


NEVER = "import time; time.sleep(600)"
EATS = "import time; held = bytearray(400_000_000); time.sleep(600)"


@pytest.mark.parametrize(
    ("script", "timeout", "most_gib", "reason"),
    [
        (NEVER, 1, 100, "more than 1 s"),
        (EATS, 60, 0.25, "more than 0 GiB"),
        ("raise MemoryError", 60, 100, "out of memory"),
        ("raise SystemExit('no such column')", 60, 100, "no such column"),
    ],
)
def test_failures_are_said(
    script: str,
    timeout: float,
    most_gib: float,
    reason: str,
    task: Task,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    started = running.subprocess.Popen
    monkeypatch.setattr(
        running.subprocess, "Popen", lambda command, **more: started([sys.executable, "-c", script], **more)
    )
    assert running.run(CONTENDERS[0], task, tmp_path, timeout, most_gib) == Failure(reason)
    assert not Path(task.spill).exists()


def test_a_contender_runs_in_a_process_of_its_own(task: Task, tmp_path: Path) -> None:
    ended = running.run(CONTENDERS[0], task, tmp_path, 100, 100)
    assert isinstance(ended, Run)
    assert (ended.wrong, ended.rows) == (0, pq.read_metadata(task.answers).num_rows)
    assert ended.peak_mib > 20


RIGHT = Run(2.0, 3.5, 300, 10, 0, 0.0, 0.0)
ABOUT = replace(RIGHT, seconds=4.0, wrong=3, mean_error=0.0123, largest_error=0.25)


def measured(**outcomes: list[Run] | Failure) -> Results:
    return Results("2 cores", {"M": {key.replace("_", "-"): outcome for key, outcome in outcomes.items()}})


def test_results_survive_their_file(tmp_path: Path) -> None:
    kept = measured(ours=[RIGHT, ABOUT], polars=Failure("more than 60 s"))
    results.save(kept, tmp_path / "results.json")
    assert results.load(tmp_path / "results.json") == kept


def test_the_page_says_who_is_first(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text(f"Before\n\n{page.BEGIN}\nold\n{page.END}\n\nAfter\n")
    faster = replace(RIGHT, seconds=1.0)
    kept = measured(ours=[RIGHT], polars=[faster], duckdb_hll=[ABOUT], chdb_exact=Failure("out of memory"))

    page.write_page(kept, tmp_path / "page.md", tmp_path / "chart.svg")

    lines = (tmp_path / "page.md").read_text().splitlines()
    rows = [line for line in lines if line.startswith(("| Polars", "| DuckDB", "| chDB"))]
    assert (lines[0], lines[-1]) == ("Before", "After")
    assert "old" not in lines
    assert [row.split(" | ")[2] for row in rows] == ["1.00", "2.00", "4.00", "out of memory"]
    assert rows[2].endswith("| 1.23%, 25% |")
    first = "First among the exact ones: **Polars, spells of a packed, sorted column**. Ours in DuckDB 1.5 takes 2.0"
    assert any(line.startswith(first) for line in lines)
    drawn = (tmp_path / "chart.svg").read_text()
    assert all(text in drawn for text in ("Polars: spells of a packed", ">1.00<", ">out of memory<"))


def test_ours_can_be_first() -> None:
    kept = measured(ours=[RIGHT], polars=[replace(RIGHT, seconds=3.0)])
    assert page.first_exact(kept, "M") == "First among the exact ones: **DuckDB 1.5, bit words (ours)**."


def test_who_takes_long_is_run_once_and_who_fails_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    ends = {"ours": RIGHT, "polars": replace(RIGHT, seconds=11.0), "numpy": replace(RIGHT, wrong=2)}
    monkeypatch.setattr(windows, "run", lambda contender, *more: ends[contender.key])
    arguments = SimpleNamespace(runs=3, timeout=60, threads=1, memory=1, most_memory=1, data=folder.parent)
    chosen = [contender for contender in CONTENDERS if contender.key in (*ends, "pandas")]

    given_up: dict[str, list[Run] | Failure] = {"pandas": Failure("not tried: failed at S")}
    kept: list[tuple[str, object]] = []

    found = windows.measure(SIZE, chosen, arguments, given_up, lambda *outcome: kept.append(outcome))  # type: ignore[arg-type]

    assert found == {
        "ours": [RIGHT] * 3,
        "polars": [ends["polars"]],
        "numpy": Failure("2 cells are wrong"),
        "pandas": Failure("not tried: failed at S"),
    }
    assert [key for key, _ in kept] == ["pandas", "ours", "polars", "numpy", "ours", "ours"]
    assert dict(kept) == found


def test_an_interrupted_run_keeps_what_was_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    ends = iter([RIGHT, ABOUT])

    def run(contender: Contender, *more: object) -> Run:
        if (ended := next(ends, None)) is None:
            raise KeyboardInterrupt
        return ended

    output = tmp_path / "results.json"
    monkeypatch.setattr(windows, "run", run)
    monkeypatch.setattr(windows, "SIZES", {"XS": SIZE, "M": SIZE})
    monkeypatch.setattr(windows, "circumstances", lambda *more: "2 cores")
    options = [
        "--sizes",
        "XS",
        "M",
        "--only",
        "duckdb-hll",
        "ours",
        "--data",
        str(folder.parent),
        "--output",
        str(output),
    ]
    monkeypatch.setattr(sys, "argv", ["windows", *options])

    with pytest.raises(KeyboardInterrupt):
        windows.main()

    assert results.load(output) == Results("2 cores", {"XS": {"ours": [RIGHT], "duckdb-hll": [ABOUT]}})


def test_the_committed_results_are_on_the_page() -> None:
    kept = results.load(results.RESULTS)
    assert page.tables(kept) in page.PAGE.read_text()
    assert page.chart.draw(kept) == page.CHART.read_text()

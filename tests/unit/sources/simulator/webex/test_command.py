"""A simulated Webex around a command."""

import json
import sys
from pathlib import Path

import pytest

from sources.simulator.webex.__main__ import main

PROGRAM = """
import json, os, sys, urllib.request
base, token = os.environ["PORTFOLIO_WEBEX_API_BASE"], os.environ["PORTFOLIO_WEBEX_TOKEN"]
request = urllib.request.Request(base + "/organizations", headers={"Authorization": "Bearer " + token})
listed = json.load(urllib.request.urlopen(request))["items"]
contract = open(os.environ["PORTFOLIO_WEBEX_CONTRACT_FILE"]).read()
said = [os.environ["PORTFOLIO_SOURCE"], os.environ["PORTFOLIO_NOW"], len(listed) > 1, contract.count("\\n") > 1]
print(json.dumps(said), file=open(sys.argv[1], "a"))
sys.exit(int(sys.argv[2]))
"""


def run(tmp_path: Path, days: int, code: int) -> tuple[int, list[object]]:
    said = tmp_path / "said.jsonl"
    options = ["--customers", "3", "--days", str(days), "--now", "2026-03-06T08:00", "--odd"]
    contract = str(tmp_path / "of" / "contract.csv")
    command = [sys.executable, "-c", PROGRAM, str(said), str(code)]
    ended = main([*options, "--contract", contract, "--", *command])
    return ended, [json.loads(line) for line in said.read_text(encoding="utf-8").splitlines()]


def test_a_command_runs_once_for_each_day(tmp_path: Path) -> None:
    code, said = run(tmp_path, days=3, code=0)
    times = ["2026-03-04T23:00:00+00:00", "2026-03-05T23:00:00+00:00", "2026-03-06T08:00:00+00:00"]
    assert (code, said) == (0, [["webex", time, True, True] for time in times])


def test_a_command_that_fails_ends_it(tmp_path: Path) -> None:
    code, said = run(tmp_path, days=3, code=3)
    assert (code, len(said)) == (3, 1)


def test_without_a_command_the_settings_are_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Interrupted:
        def read(self) -> str:
            raise KeyboardInterrupt

    monkeypatch.setattr("sys.stdin", Interrupted())
    assert main(["--customers", "3", "--now", "2026-03-06T08:00+01:00"]) == 130
    settings = dict(line.split("=", 1) for line in capsys.readouterr().out.splitlines())
    assert settings["PORTFOLIO_NOW"] == "2026-03-06T07:00:00+00:00"
    assert settings["PORTFOLIO_WEBEX_API_BASE"].startswith("http://127.0.0.1:")
    assert settings["PORTFOLIO_WEBEX_ANALYTICS_BASE"].startswith("http://127.0.0.2:")

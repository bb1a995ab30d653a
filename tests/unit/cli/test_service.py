"""`portfolio service`: what it writes, prints and refuses, as a user sees it."""

import shutil
import sys
from pathlib import Path

import pytest

from tests.webhooks import WebhookServer

PROGRAM = str(Path(sys.executable).with_name("portfolio"))
SYSTEM = ("--system", "--home", "/srv/portfolio", "--program", "/opt/portfolio/bin/portfolio")


def files_in(root):
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def test_it_installs_says_what_is_next_and_removes(portfolio, tmp_path):
    root = tmp_path / "root"
    ended = portfolio("service", "install", *SYSTEM, "--backup", "/mnt/b", "--root", root)
    assert ended.exit_code == 0, ended.output
    written = [line for line in ended.stdout.splitlines() if line.startswith("written: ")]
    assert len(written) == len(files_in(root)) == 11
    said = ended.stdout.partition("next:\n")[2]
    assert "  systemd-sysusers portfolio.conf\n  systemd-tmpfiles --create portfolio.conf\n" in said
    assert "  systemctl enable --now portfolio-nightly.timer portfolio-backup.timer\n" in said
    assert portfolio("service", "remove", "--system", "--root", root).exit_code == 0
    assert files_in(root) == ["etc/portfolio/.env"]
    assert portfolio("service", "remove", "--system", "--root", root).stdout == "there are no units of that name\n"


def test_a_dry_run_prints_the_files_and_writes_none(portfolio, tmp_path):
    ended = portfolio("service", "install", *SYSTEM, "--root", tmp_path / "root", "--dry-run")
    assert ended.exit_code == 0
    for name in ("systemd/system/portfolio-web.service", "tmpfiles.d/portfolio.conf", "portfolio/.env"):
        assert f"# {tmp_path}/root/etc/{name}\n" in ended.stdout
    assert 'PORTFOLIO_HOME="/srv/portfolio"\n' in ended.stdout
    assert not (tmp_path / "root").exists()


def test_a_user_s_units_lie_in_their_own_folder(portfolio, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    ended = portfolio("service", "install", "--user", "--home", tmp_path / "home", "--program", PROGRAM)
    assert ended.exit_code == 0, ended.output
    assert "  systemctl --user daemon-reload\n" in ended.stdout
    assert {name.split("/")[0] for name in files_in(tmp_path / "config")} == {"portfolio", "systemd"}
    assert (tmp_path / "config" / "systemd" / "user" / "portfolio-nightly.timer").exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "whose units? give one of --user and --system"),
        (("--user", "--system"), "whose units? give one of --user and --system"),
    ],
)
def test_whose_units_is_asked(portfolio, options, said):
    for command in ("install", "remove"):
        ended = portfolio("service", command, *options)
        assert (ended.exit_code, str(ended.exception)) == (1, said)


def test_an_edited_unit_is_one_line(portfolio, tmp_path):
    assert portfolio("service", "install", *SYSTEM, "--root", tmp_path).exit_code == 0
    unit = tmp_path / "etc/systemd/system/portfolio-web.service"
    unit.write_text(unit.read_text().replace("3000", "3002"))
    ended = portfolio("service", "install", *SYSTEM, "--root", tmp_path)
    assert ended.exit_code == 1
    assert str(ended.exception).startswith(f"{unit} was edited, or is not of `portfolio service`")
    assert portfolio("service", "install", *SYSTEM, "--root", tmp_path, "--overwrite").exit_code == 0
    shutil.rmtree(tmp_path / "etc")


def test_a_failed_unit_is_told_to_the_webhook_or_that_there_is_none(portfolio, home, monkeypatch):
    monkeypatch.setenv("PORTFOLIO_HOME", str(home))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setenv("MONITOR_SERVICE_RESULT", "timeout")
    ended = portfolio("service", "failed", "portfolio-nightly")
    assert ended.stdout == "PORTFOLIO_ALERT_WEBHOOK is not set: nobody is told that portfolio-nightly failed\n"
    with WebhookServer() as server:
        monkeypatch.setenv("PORTFOLIO_ALERT_WEBHOOK", server.address)
        assert portfolio("service", "failed", "portfolio-nightly").exit_code == 0
        assert "run failed: portfolio-nightly took too long; " in server.texts()[-1]
        server.status = 500
        monkeypatch.setenv("MONITOR_SERVICE_RESULT", "oom-kill")
        ended = portfolio("service", "failed", "portfolio-nightly")
    assert "it answered 500" in str(ended.exception)

"""A home folder of which a restore was cut off while it moved files: each command says so, and what to do."""

import pytest

COMMANDS = [
    ("status",),
    ("status", "--format", "json"),
    ("show",),
    ("export", "worklist", "--output", "x.csv"),
    ("metrics",),
    ("pack", "c1"),
    ("digest",),
    ("quarantine",),
    ("docs", "--no-open"),
    ("prune",),
    ("forget", "--user", "7"),
    ("backup", "backups"),
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_it_says_that_the_restore_has_to_be_run_again(portfolio, home, tmp_path, command):
    (home / ".restoring").mkdir()
    (home / ".restoring" / "moved.json").write_text('["ledger.sqlite"]')
    ended = portfolio(*command, "--home", home)
    assert ended.exit_code == 1
    assert str(ended.exception) == (f"{home} was not restored to its end: run the same `portfolio restore` once more")
    assert not (tmp_path / "backups").exists() and not (tmp_path / "x.csv").exists()

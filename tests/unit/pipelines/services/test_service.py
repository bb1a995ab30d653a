"""What units say: how tight they are, what they may write, and what is refused before anything is written."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.services import service
from pipelines.services.installing import install
from pipelines.services.service import Request, ServiceError, config_folder, service_of
from pipelines.services.units import unit_files
from pipelines.settings import SettingsError

from .conftest import PROGRAM

UNITS = Path("etc/systemd/system")
ODD = Path('/srv/it\'s "a b"')
SHARED = "/tmp/portfolio"  # noqa: S108  a name alone
SERVICES = ("web", "daemon", "nightly", "check", "failed@", "backup", "metrics")
ALL = {"backup": Path("/mnt/b 1"), "key_file": Path("/etc/keys/hash.key"), "metrics": Path("/var/lib/m/p.prom")}

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed: apt install systemd"
)


def settings_file(root, text, folder="etc/portfolio"):
    (root / folder).mkdir(parents=True)
    (root / folder / ".env").write_text(text)


def sections(text):
    """A unit by section and key; a key that stands several times has several values."""
    found, section = {}, ""
    for line in text.splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif line and not line.startswith("#"):
            key, _, value = line.partition("=")
            found.setdefault(section, {}).setdefault(key, []).append(value)
    return found


def units_of(request):
    return {path.name: sections(text) for path, text in unit_files(service_of(request)).items()}


def test_a_system_has_web_server_daemon_nightly_run_check_and_hook(request_of):
    units = units_of(request_of())
    starts = {name: unit["Service"]["ExecStart"] for name, unit in units.items() if name.endswith(".service")}
    assert starts == {
        "portfolio-web.service": [f':"{PROGRAM}" serve --only web --port 3000'],
        "portfolio-daemon.service": [f':"{PROGRAM}" serve --only daemon'],
        "portfolio-nightly.service": [f':"{PROGRAM}" materialize'],
        "portfolio-check.service": [f':"{PROGRAM}" status --check'],
        "portfolio-failed@.service": [f':"{PROGRAM}" service failed %i'],
    }
    nightly = units["portfolio-nightly.service"]
    assert nightly["Unit"]["OnSuccess"] == ["portfolio-check.service"]
    assert nightly["Service"]["SuccessExitStatus"] == ["3"]
    assert units["portfolio-check.service"]["Service"]["SuccessExitStatus"] == ["1"]
    assert units["portfolio-nightly.timer"]["Timer"]["OnCalendar"] == ["*-*-* 04:00:00 UTC"]
    hooked = {name for name, unit in units.items() if unit.get("Unit", {}).get("OnFailure")}
    assert hooked == {f"portfolio-{name}.service" for name in ("web", "daemon", "nightly", "check")}


def test_no_unit_holds_a_secret_and_all_read_the_settings_file(root, request_of):
    settings_file(root, "PORTFOLIO_HOME=/srv/home\nPORTFOLIO_ALERT_WEBHOOK=https://example.com/T0P\n")
    texts = unit_files(service_of(request_of(**ALL)))
    assert [path for path, text in texts.items() if "T0P" in text] == []
    services = [sections(text)["Service"] for path, text in texts.items() if path.suffix == ".service"]
    assert len(services) == len(SERVICES)
    assert all(one["EnvironmentFile"] == ["/etc/portfolio/.env"] for one in services)
    assert all(one["WorkingDirectory"] == ["/etc/portfolio"] for one in services)


@pytest.mark.parametrize("given", [{}, {"name": "acme"}, {"home": ODD, "landing": Path("/srv/100% b")}])
@needs_systemd
def test_systemd_understands_the_units_and_calls_them_little_exposed(root, tmp_path, monkeypatch, given):
    monkeypatch.setattr(service, "_SHARED", ())  # where tests have their files
    program = tmp_path / "bin of 50% us" / "portfolio"
    program.parent.mkdir()
    program.symlink_to(Path(sys.executable).with_name("portfolio"))
    made = service_of(Request("system", **{"home": Path("/srv/h"), "root": root, "program": program, **ALL, **given}))
    install(made, overwrite=False)
    units = sorted((root / UNITS).iterdir())
    assert len(units) == 10
    names = [str(unit).replace("@.", "@x.") for unit in units]
    verified = subprocess.run(["systemd-analyze", "verify", *names], capture_output=True, text=True, check=False)
    assert (verified.returncode, verified.stderr) == (0, "")
    services = [str(unit) for unit in units if unit.suffix == ".service"]
    judged = ["systemd-analyze", "security", "--offline=yes", "--threshold=15", "--no-pager", *services]
    security = subprocess.run(judged, capture_output=True, text=True, check=False)
    assert security.returncode == 0, security.stdout + security.stderr


@needs_systemd
def test_systemd_understands_a_user_s_own_units(root, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))  # a user's manager has one
    install(service_of(Request("user", home=ODD, root=root, program=Path("/bin/true"))), overwrite=False)
    names = [str(unit).replace("@.", "@x.") for unit in root.rglob("portfolio-*")]
    assert len(names) == 6
    command = ["systemd-analyze", "--user", "verify", *names]
    verified = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (verified.returncode, verified.stderr) == (0, "")


@needs_systemd
def test_systemd_finds_a_broken_escape(root, request_of):
    install(service_of(request_of(program=Path("/bin/true"))), overwrite=False)
    unit = root / UNITS / "portfolio-check.service"
    unit.write_text(unit.read_text().replace('"/srv/home"', '"/srv/home'))
    verified = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False)
    assert 'Failed to extract first word, ignoring: "/srv/home' in verified.stderr


@pytest.mark.skipif(os.getuid() != 0 or shutil.which("systemd-tmpfiles") is None, reason="needs root and systemd")
def test_systemd_makes_the_user_and_the_folders_as_they_are_named(root, request_of):
    odd = {"home": ODD, "backup": Path("/mnt/100% b\\c")}
    install(service_of(request_of(**odd)), overwrite=False)
    (root / "usr").mkdir()
    for tool in (["systemd-sysusers"], ["systemd-tmpfiles", "--create"]):
        name = f"{root}/etc/{tool[0].removeprefix('systemd-')}.d/portfolio.conf"
        subprocess.run([*tool, f"--root={root}", name], check=True, capture_output=True)
    (user,) = [line.split(":") for line in (root / "etc/passwd").read_text().splitlines() if "portfolio" in line]
    for path, mode in ((ODD, 0o700), (odd["backup"], 0o700), (Path("/etc/portfolio/.env"), 0o600)):
        facts = (root / path.relative_to("/")).stat()
        assert (facts.st_mode & 0o777, str(facts.st_uid)) == (mode, user[2]), path
    assert (root / "etc/portfolio").stat().st_mode & 0o777 == 0o750


def test_runs_write_to_the_home_folder_and_where_the_source_delivers(root, request_of):
    home, landing, mapping = "/srv/home", "/srv/landing", "PORTFOLIO_MAPPING=/m.yaml\nPORTFOLIO_INBOX=/in\n"
    given = {"home": Path(home), "landing": Path(landing)}
    alone = {name: unit["Service"]["ReadWritePaths"] for name, unit in services(request_of(**given)).items()}
    assert set(map(tuple, alone.values())) == {('"/srv/home"',)}
    for text in ("PORTFOLIO_SOURCE=webex\n", mapping):
        shutil.rmtree(root, ignore_errors=True)
        settings_file(root, f"PORTFOLIO_HOME={home}\nPORTFOLIO_LANDING={landing}\n{text}")
        units = services(request_of())
        assert units["portfolio-nightly.service"]["Service"]["ReadWritePaths"] == ['"/srv/home"', '"/srv/landing"']
    with_all = services(request_of(**ALL))
    assert with_all["portfolio-backup.service"]["Service"]["ReadWritePaths"][2:] == ['"/mnt/b 1"', '"/etc/keys"']
    assert with_all["portfolio-metrics.service"]["Service"]["ReadWritePaths"][2:] == ['"/var/lib/m"']


def test_runs_write_to_the_instance_that_several_homes_share(root, request_of):
    settings_file(root, "PORTFOLIO_HOME=/srv/home\nPORTFOLIO_NAME=north\nPORTFOLIO_INSTANCE=/srv/runs\n")
    written = services(request_of())["portfolio-nightly.service"]["Service"]["ReadWritePaths"]
    assert written == ['"/srv/home"', '"/srv/runs"']


def services(request):
    return {name: unit for name, unit in units_of(request).items() if name.endswith(".service")}


def differing(one, other):
    """What a unit's service section has otherwise than another's."""
    keys = one["Service"].keys() | other["Service"].keys()
    pairs = {key: (one["Service"].get(key), other["Service"].get(key)) for key in keys}
    return {key: mine for key, (mine, others) in pairs.items() if mine != others}


@pytest.mark.parametrize(
    ("line", "loosened"),
    [
        (
            "PORTFOLIO_READERS_GROUP=root",
            {"SupplementaryGroups": ["root"], "RestrictSUIDSGID": ["no"], "PrivateUsers": None},
        ),
        ("PORTFOLIO_ENGINE=spark", {"MemoryDenyWriteExecute": ["no"]}),
    ],
)
def test_a_group_of_readers_and_spark_loosen_what_they_need_and_nothing_else(root, request_of, line, loosened):
    tight = units_of(request_of())["portfolio-nightly.service"]
    settings_file(root, f"PORTFOLIO_HOME=/srv/home\n{line}\n")
    assert differing(units_of(request_of())["portfolio-nightly.service"], tight) == loosened


@pytest.mark.parametrize("home", ["/home/ann/portfolio", "/root/portfolio", "/run/user/7/portfolio"])
def test_what_lies_among_people_s_folders_is_seen_and_no_more(request_of, home):
    nightly = units_of(request_of(home=Path(home), program=PROGRAM))["portfolio-nightly.service"]
    assert nightly["Service"]["ProtectHome"] == ["read-only"]
    hidden = units_of(request_of(program=PROGRAM))["portfolio-nightly.service"]
    assert hidden["Service"]["ProtectHome"] == ["yes"]


@pytest.mark.parametrize("group", ["domain users", "a\\b", "100%", "a:b"])
def test_a_group_of_readers_that_no_unit_can_name_is_refused(root, request_of, monkeypatch, group):
    monkeypatch.setattr("grp.getgrnam", lambda name: name)  # as on a machine of a domain
    settings_file(root, f"PORTFOLIO_HOME=/srv/home\nPORTFOLIO_READERS_GROUP='{group}'\n")
    with pytest.raises(ServiceError) as raised:
        service_of(request_of())
    assert str(raised.value).startswith(f"PORTFOLIO_READERS_GROUP={group}: no unit can name such a group")


def test_a_user_s_own_units_have_what_needs_no_rights(request_of):
    units = units_of(request_of("user"))
    assert {Path(name).name for name in units} == {
        *(f"portfolio-{name}.service" for name in ("web", "daemon", "nightly", "check", "failed@")),
        "portfolio-nightly.timer",
    }
    for name, unit in units.items():
        if name.endswith(".service"):
            said = unit["Service"]
            assert said["NoNewPrivileges"] == ["yes"]
            assert said["SystemCallFilter"] == ["@system-service", "~@privileged @resources"]
            assert not {"User", "ProtectSystem", "PrivateTmp", "CapabilityBoundingSet"} & said.keys()
            assert unit.get("Install", {}).get("WantedBy", ["default.target"]) == ["default.target"]
    text = " ".join(unit_files(service_of(request_of("user"))).values())
    assert "network-online.target" not in text  # the system's alone


def test_several_homes_have_units_and_settings_of_their_own(request_of):
    first = {*unit_files(service_of(request_of(name="acme")))}
    assert first.isdisjoint(unit_files(service_of(request_of(name="zen", port=3001))))
    made = service_of(request_of(name="acme"))
    assert made.env_file == Path("/etc/portfolio-acme/.env")
    nightly = units_of(request_of(name="acme"))["portfolio-acme-nightly.service"]
    assert nightly["Unit"]["OnFailure"] == ["portfolio-acme-failed@%N.service"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"home": None}, "which home folder? name it with --home"),
        ({"home": Path("portfolio")}, "portfolio: services start elsewhere; give the path from / on"),
        ({"landing": Path("in")}, "in: services start elsewhere; give the path from / on"),
        ({"home": Path(SHARED)}, f"{SHARED}: services have a /tmp and /var/tmp of their own"),
        ({"home": Path("/srv/100%")}, "/srv/100%: its name has a % in it"),
        ({"landing": Path("/srv/a\nExecStart=x")}, "/srv/a�ExecStart=x: its name has a line break or another control"),
        ({"home": Path("/srv/x/../b")}, "/srv/x/../b: systemd takes no path with .. in it; name the folder itself"),
        ({"metrics": Path("/var/../m/p.prom")}, "/var/../m/p.prom: systemd takes no path with .. in it"),
        ({"root": None, "program": Path("/opt")}, "/opt is no command that can be run; name the installed one"),
        ({"backup": Path("/srv/a ")}, "/srv/a : a name that ends with a blank or a backslash"),
        ({"program": Path("/opt/$HOME/portfolio")}, "/opt/$HOME/portfolio: systemd runs no program with a $ in its"),
        ({"program": Path("/opt/it's/portfolio")}, "/opt/it's/portfolio: systemd runs no program with a ' in its path"),
        ({"program": Path("portfolio")}, "portfolio is no command that can be run; name the installed one"),
        ({"root": None, "program": Path("/opt/none/portfolio")}, "/opt/none/portfolio is no command that can be run"),
        ({"name": "Acme"}, "--name Acme: must be small letters, digits and hyphens, such as acme"),
        ({"name": "web"}, "--name web: portfolio-web is what a unit is called; choose another"),
        ({"user": "a b"}, "--run-as a b: must be a user's name, such as portfolio"),
        ({"at": "4:00"}, "--at 4:00: must be a time (UTC), such as 04:00"),
        ({"at": "24:00"}, "--at 24:00: must be a time (UTC), such as 04:00"),
        ({"key_file": Path("/k")}, "--key-file goes with --backup DIR"),
    ],
    ids=str,
)
def test_what_can_not_be_is_one_line(root, given, said):
    with pytest.raises(ServiceError) as raised:
        service_of(Request("system", **{"home": Path("/srv/home"), "program": PROGRAM, "root": root, **given}))
    assert str(raised.value).startswith(said)
    assert "\n" not in str(raised.value)
    assert not root.exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("PORTFOLIO_HOME=/srv/other\n", "names another home folder, /srv/other: change it there"),
        ("PORTFOLIO_HOME\n", "line 1 of "),
        ("PORTFOLIO_EXPIRING_DAYS=many\n", "PORTFOLIO_EXPIRING_DAYS=many: "),
        (
            "PORTFOLIO_HOME=/srv/home\nPORTFOLIO_INBOX=/srv/../in\nPORTFOLIO_MAPPING=/m.yaml\n",
            "/srv/../in: systemd takes",
        ),
    ],
)
def test_settings_that_are_there_are_read_first(root, request_of, text, said):
    settings_file(root, text)
    with pytest.raises((ServiceError, SettingsError)) as raised:
        service_of(request_of())
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


def test_nothing_of_the_shell_gets_into_units(request_of, monkeypatch, tmp_path):
    before = units_of(request_of())
    monkeypatch.setenv("PORTFOLIO_SOURCE", "webex")
    monkeypatch.setenv("PORTFOLIO_LANDING", "/elsewhere")
    (tmp_path / ".env").write_text("PORTFOLIO_ENGINE=spark\n")
    assert units_of(request_of()) == before


def test_whoever_has_no_folder_has_no_units_of_their_own(monkeypatch):
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setenv("HOME", "/")
    with pytest.raises(ServiceError, match="set HOME, or XDG_CONFIG_HOME"):
        config_folder(Request("user"))

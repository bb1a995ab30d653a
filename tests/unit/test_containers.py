"""The compose file and the Containerfile: containers are as tight as the page says, and no tag is one that moves."""

import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from pipelines.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text())
CONTAINERFILE = (ROOT / "deploy" / "Containerfile").read_text()
SERVICES = COMPOSE["services"]
STAGES = {name: image for image, name in re.findall(r"^FROM (\S+) AS (\S+)$", CONTAINERFILE, re.MULTILINE)}


def test_there_are_the_five():
    assert set(SERVICES) == {"pipeline", "web", "daemon", "postgres", "dashboard"}


@pytest.mark.parametrize("name", SERVICES)
def test_a_container_is_no_root_writes_to_its_volumes_alone_and_says_how_it_is(name):
    service = SERVICES[name]
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", service["user"])
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service and "privileged" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")
    assert any(place.partition(":")[0] == "/tmp" for place in service["tmpfs"])  # noqa: S108
    assert all(volume.split(":")[0] in COMPOSE["volumes"] or volume.endswith(":ro") for volume in service["volumes"])


@pytest.mark.parametrize("name", SERVICES)
def test_ports_are_this_machine_s_and_images_have_a_version(name):
    service = SERVICES[name]
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))
    assert re.search(r":\d+[.\d]*(-\w+)?$", service["image"])
    assert "ports" not in SERVICES["postgres"]


def test_no_password_stands_in_the_files():
    for service in SERVICES.values():
        assert not [
            name for name in service.get("environment", {}) if "PASSWORD" in name and not name.endswith("_FILE")
        ]
    assert {Path(one["file"]).parts[0] for one in COMPOSE["secrets"].values()} == {"secrets"}
    ignored = (ROOT / ".gitignore").read_text().splitlines()
    assert {"/deploy/secrets/", "/deploy/*.env"} <= set(ignored)


def test_the_image_s_targets_end_as_a_user_of_their_own():
    built = {service["build"]["target"] for service in SERVICES.values() if "build" in service}
    assert built == {"pipeline", "dashboard"}
    for target in built:
        stage = CONTAINERFILE.partition(f" AS {target}\n")[2].partition("\nFROM ")[0]
        assert "\nUSER 10001:10001\n" in stage
        assert "apt-get" not in stage and "pip install" not in stage
        assert STAGES[target] == "python"
    names = re.findall(r"\b(PORTFOLIO_\w+)=", CONTAINERFILE)
    assert {name for name in names if "_BI_" not in name} <= {
        f"PORTFOLIO_{field.upper()}" for field in Settings.model_fields
    }


def test_every_file_that_is_copied_is_in_the_context():
    lines = (ROOT / "deploy" / "Containerfile.dockerignore").read_text().splitlines()
    let_in = [line.removeprefix("!") for line in lines if line.startswith("!")]
    copied = [
        word for line in re.findall(r"^COPY (?!--from)(.+) \S+$", CONTAINERFILE, re.MULTILINE) for word in line.split()
    ]
    assert copied
    assert [path for path in copied if not any(path == one or path.startswith(f"{one}/") for one in let_in)] == []
    fixed = [path for path in copied if "*" not in path]
    assert [path for path in fixed if not (ROOT / path).exists()] == []


def test_the_roles_are_those_that_publishing_needs():
    page = (ROOT / "docs" / "postgresql.md").read_text()
    made = set(re.findall(r"create role (\w+)", (ROOT / "deploy" / "postgres-roles.sh").read_text()))
    assert set(re.findall(r"create role (\w+)", page)) <= made


def test_no_password_stands_in_a_command_line(tmp_path):
    commands = {"psql": 'printf "%s\\n" "$@" > "$OUT/argv"; exec /bin/cat > "$OUT/stdin"', "cat": "echo T0P-secret"}
    for name, does in commands.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{does}\n")
        (tmp_path / name).chmod(0o700)
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "OUT": str(tmp_path)}
    subprocess.run(["/bin/sh", ROOT / "deploy" / "postgres-roles.sh"], env=environment, check=True)
    assert "ON_ERROR_STOP=1" in (tmp_path / "argv").read_text().splitlines()
    assert "T0P-secret" not in (tmp_path / "argv").read_text()
    said = (tmp_path / "stdin").read_text()
    for who in ("owner", "reader"):
        assert f"\\set {who} `cat /run/secrets/{who}_password`\n" in said
        assert f"password :'{who}';" in said


def test_podman_and_docker_know_the_log_s_driver():
    assert {service["logging"]["driver"] for service in SERVICES.values()} == {"json-file"}


def test_the_page_s_commands_name_the_profile_that_they_need():
    page = (ROOT / "docs" / "containers.md").read_text()
    commands = re.findall(r"podman compose (.*?\brun) --rm .*?\b(pipeline)\b", page)
    assert len(commands) >= 3
    for options, name in commands:
        assert options == f"--profile {SERVICES[name]['profiles'][0]} run"


def test_a_daemon_that_stands_still_is_noticed_in_the_minutes_that_the_page_says():
    assert "alive in the last five minutes" in (ROOT / "docs" / "containers.md").read_text()
    assert "DAGSTER_DAEMON_HEARTBEAT_TOLERANCE=300 " in SERVICES["daemon"]["healthcheck"]["test"][1]


@pytest.mark.parametrize("name", SERVICES)
def test_no_argument_of_a_health_check_has_a_space_that_takes_it_apart(name):
    kind, *arguments = SERVICES[name]["healthcheck"]["test"]
    assert kind == "CMD-SHELL" or not [one for one in arguments if " " in one]

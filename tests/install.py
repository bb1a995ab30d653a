"""`bin/test-install`: the commands of docs/installation.md in a bare Debian, and whether what the page promises is so.

Each shell block of the page is executed as root by a shell of its own, in a systemd that was booted for it. What the
page can't know of this machine is put in: the address of the webhook, and how registries are reached.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TypeVar

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "installation.md"
Found = TypeVar("Found")
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
WEBHOOK, PORT = "https://hooks.slack.com/services/…", 8799
LOCK = ROOT / "requirements-runtime.lock"
SUITE, INCLUDED = "bookworm", "systemd,systemd-sysv,dbus"
CA_BUNDLE = Path("/etc/ssl/certs/ca-certificates.crt")


class Receiver:
    """A webhook on this machine, which keeps the lines of what it was sent."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                receiver.lines += body["lines"]
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", PORT), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()


class System:
    """A booted Debian; `run` executes a shell script in it as root."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        command = ["systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--boot", "--console=pipe"]
        environment = {**os.environ, "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"}
        self._nspawn = subprocess.Popen(
            [*command, f"--directory={folder}"], env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )
        self._leader = wait_for("systemd's start", self._find_leader)
        wait_for("systemd to be ready", lambda: self.run("systemctl is-system-running").stdout.strip() == "running")

    def run(self, script: str) -> subprocess.CompletedProcess[str]:
        """Execute a script in /root; its output is one text."""
        enter = ["nsenter", f"--target={self._leader}", *["--mount", "--uts", "--ipc", "--pid", "--cgroup"]]
        given = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LANG=C.UTF-8"]
        given += [f"{name}={value}" for name, value in os.environ.items() if name.lower().endswith("_proxy")]
        given += ["PIP_CERT=/etc/machine.crt"] if CA_BUNDLE.exists() else []
        shell = ["env", "--ignore-environment", *given, "bash", "-euo", "pipefail", "-c", f"cd /root\n{script}"]
        return subprocess.run(
            [*enter, *shell], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )

    def stop(self) -> None:
        """Power off, which systemd-nspawn does when it is asked to end."""
        self._nspawn.terminate()
        try:
            self._nspawn.wait(120)
        except subprocess.TimeoutExpired:
            self._nspawn.kill()

    def _find_leader(self) -> int | None:
        children = Path(f"/proc/{self._nspawn.pid}/task/{self._nspawn.pid}/children").read_text().split()
        return next((int(child) for child in children if _name(child) == "systemd"), None)


def _name(process: str) -> str:
    return Path(f"/proc/{process}/comm").read_text().strip()


def wait_for(what: str, look: Callable[[], Found | None]) -> Found:
    """What `look` finds; an error where that takes longer than any machine does."""
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.5)
    raise SystemExit(f"waited in vain for {what}")


@contextmanager
def debian() -> Iterator[System]:
    """A bare Debian with the two files of a release in /root, booted; gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="portfolio-install-", dir=os.environ.get("TMPDIR", "/var/tmp")))  # noqa: S108
    try:
        target = folder / "debian"
        if given := os.environ.get("PORTFOLIO_TEST_INSTALL_BASE"):
            subprocess.run(["cp", "--archive", "--one-file-system", given, target], check=True)
        else:
            subprocess.run(["debootstrap", "--variant=minbase", f"--include={INCLUDED}", SUITE, target], check=True)
        subprocess.run(["umount", "--quiet", target / "proc"], check=False)  # debootstrap leaves it
        build = [sys.executable, "-m", "uv", "build", "--wheel", "--quiet", "--no-build-isolation"]
        subprocess.run([*build, "--python", sys.executable, "--out-dir", target / "root", ROOT], check=True)
        shutil.copy(LOCK, target / "root")
        shutil.copy("/etc/resolv.conf", target / "etc" / "resolv.conf")
        if CA_BUNDLE.exists():
            shutil.copy(CA_BUNDLE, target / "etc" / "machine.crt")
        system = System(target)
        try:
            yield system
        finally:
            system.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    """Execute the page's blocks in turn, and look after each what it left."""
    receiver = Receiver()
    blocks = BLOCK.findall(PAGE.read_text())
    with debian() as system:
        for block in blocks:
            say("\n".join(f"$ {line}" for line in block.strip().splitlines()))
            ended = system.run(block.replace(WEBHOOK, f"http://127.0.0.1:{PORT}/alerts"))
            say(ended.stdout)
            if ended.returncode:
                say(system.run("journalctl --no-pager --lines 60 --output cat").stdout)
                raise SystemExit(f"the block ended with {ended.returncode}")
            for pattern, look in LOOKS:
                if pattern in block:
                    look(system, receiver, ended.stdout)
    missing = [pattern for pattern, _ in LOOKS if not any(pattern in block for block in blocks)]
    expect(not missing, f"the page has no block with {missing}")
    say(f"{len(blocks)} blocks executed, {len(LOOKS)} of them looked at")


def say(text: str) -> None:
    """Text for whoever watches, at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def expect(is_so: bool, what: str) -> None:
    """End the test where it isn't so."""
    if not is_so:
        raise SystemExit(f"NOT SO: {what}")


def _silent(system: System, receiver: Receiver, said: str) -> None:
    lines = said.splitlines()
    verified = system.run("systemd-analyze verify /etc/systemd/system/portfolio-*")
    expect((verified.returncode, verified.stdout) == (0, ""), f"units are as systemd wants them: {verified.stdout}")
    services = "/etc/systemd/system/portfolio-{web,daemon,nightly,check,failed@}.service"
    judged = system.run(f"systemd-analyze security --offline=yes --threshold=15 --no-pager {services}")
    expect(judged.returncode == 0, f"the exposure is 1.5 at most: {judged.stdout}")
    modes = system.run("stat --format '%a %U %n' /etc/portfolio /etc/portfolio/.env /srv/portfolio/home").stdout.split(
        "\n"
    )
    wanted = ["750 root /etc/portfolio", "600 portfolio /etc/portfolio/.env", "700 portfolio /srv/portfolio/home", ""]
    expect(modes == wanted, f"{modes}, after {lines}")


def _published(system: System, receiver: Receiver, said: str) -> None:
    expect(said.count("Result=success") == 2, "run and check succeeded")
    expect("published: " in said, "days were published")
    log = "journalctl --unit portfolio-check --output cat"
    wait_for("the check's end", lambda: "Finished" in system.run(log).stdout)
    expect("OK - data as of" in system.run(log).stdout, f"the check found nothing: {system.run(log).stdout}")
    owners = system.run("find /srv/portfolio/home ! -user portfolio -o -perm /077 ! -type l").stdout
    expect(owners == "", f"all of the home folder is the user's, and nobody else's: {owners}")


def _tested(system: System, receiver: Receiver, said: str) -> None:
    expect(receiver.lines == ["alerts of this installation arrive here"], f"the test arrived: {receiver.lines}")


def _failed(system: System, receiver: Receiver, said: str) -> None:
    expect("Result=exit-code" in said, "the run failed")
    wait_for("the hook's alert", lambda: len(receiver.lines) > 1)
    line = receiver.lines[1]
    expect(line.startswith("run failed: portfolio-nightly ended with code 1; "), line)
    expect("PORTFOLIO_MEMORY_LIMIT" in line, f"it says why: {line}")


def _recovered(system: System, receiver: Receiver, said: str) -> None:
    expect(receiver.lines[2:] == ["recovered: a run succeeded again"], f"recovered once: {receiver.lines}")
    _killed(system, receiver)


def _killed(system: System, receiver: Receiver) -> None:
    """One that is killed, by what any administrator has at hand: its time is over before it began."""
    override = "/etc/systemd/system/portfolio-nightly.service.d/test.conf"
    system.run(
        f"mkdir --parents {override.rpartition('/')[0]}; printf '[Service]\\nTimeoutStartSec=200ms\\n' > {override}"
    )
    system.run("systemctl daemon-reload; systemctl start portfolio-nightly")
    wait_for("the alert of a run that was stopped", lambda: len(receiver.lines) > 3)
    expect(receiver.lines[3].startswith("run failed: portfolio-nightly took too long; "), f"{receiver.lines}")
    system.run(f"rm {override}; systemctl daemon-reload; systemctl start portfolio-nightly")
    expect(receiver.lines[4:] == ["recovered: a run succeeded again"], f"{receiver.lines}")


def _served(system: System, receiver: Receiver, said: str) -> None:
    expect("dagster_webserver_version" in said, f"the web server answers: {said}")
    active = system.run("systemctl is-active portfolio-web portfolio-daemon || true").stdout.split()
    expect(active == ["active", "active"], f"both run: {active}")
    process = system.run("systemctl show --value --property MainPID portfolio-web").stdout.strip()
    owner = system.run(f"stat --format %U /proc/{process}").stdout.strip()
    expect(owner == "portfolio", f"as their user: {owner}")


def _gone(system: System, receiver: Receiver, said: str) -> None:
    left = system.run("ls /etc/systemd/system /etc/sysusers.d /etc/tmpfiles.d | grep portfolio- || true").stdout
    expect("portfolio-" not in left.replace("portfolio-nightly.service.d", ""), f"no unit is left: {left}")
    expect(system.run("test -s /etc/portfolio/.env -a -d /srv/portfolio/home/lake").returncode == 0, "data stay")


LOOKS = (
    ("systemd-analyze verify", _silent),
    ("portfolio simulate", _published),
    ("portfolio alerts test", _tested),
    ("|| true", _failed),
    ("/^PORTFOLIO_MEMORY_LIMIT=/d", _recovered),
    ("server_info", _served),
    ("portfolio service remove --system\n", _gone),
)
"""What a block is known by, and what is looked at after it."""

if __name__ == "__main__":
    main()

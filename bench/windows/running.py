"""Starting contenders, each run in a process of its own, and watching their time and memory."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from .registry import Contender
from .task import Failure, Run, Task

ROOT = Path(__file__).resolve().parents[2]
_LOOK = 0.1
"""Seconds between two looks at a process."""


def run(contender: Contender, task: Task, packages: Path, timeout: float, most_gib: float) -> Run | Failure:
    """Run a contender once.

    It is ended when it takes longer than `timeout` seconds, start included, or holds more than `most_gib` of memory.
    `packages` is where `install` put the packages that are another version than the environment's.
    """
    environment = os.environ | {"POLARS_MAX_THREADS": str(task.threads), "OMP_NUM_THREADS": str(task.threads)}
    if contender.package:
        environment["PYTHONPATH"] = str(packages / contender.package)
    command = [sys.executable, "-m", f"{__package__}.solving", contender.module]
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=out, stderr=err, cwd=ROOT, env=environment)
        try:
            assert process.stdin is not None  # noqa: S101  it is a pipe
            process.stdin.write(task.to_json().encode())
            process.stdin.close()
            if reason := _watch(process, timeout, most_gib):
                return Failure(reason)
        finally:
            process.kill()
            process.wait()
            shutil.rmtree(task.spill, ignore_errors=True)
        out.seek(0)
        err.seek(0)
        if process.returncode:
            return Failure(_reason(process.returncode, err.read().decode(errors="replace")))
        return Run(**json.loads(out.read().splitlines()[-1]))


def install(contender: Contender, packages: Path) -> None:
    """Install the package that a contender needs in another version than the environment has, once."""
    if contender.package and not (packages / contender.package).exists():
        beside = packages / f"{contender.package}.part"
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
        subprocess.run([*pip, "--target", str(beside), contender.package], check=True)
        beside.rename(packages / contender.package)


def _watch(process: "subprocess.Popen[bytes]", timeout: float, most_gib: float) -> str | None:
    """Wait for the process; why it has to end where it does not by itself."""
    started = time.monotonic()
    while True:
        try:
            process.wait(_LOOK)
        except subprocess.TimeoutExpired:
            if time.monotonic() - started > timeout:
                return f"more than {timeout:.0f} s"
            if _held_gib(process.pid) > most_gib:
                return f"more than {most_gib:.0f} GiB"
        else:
            return None


def _held_gib(pid: int) -> float:
    """What a process holds in memory now; 0 where the system does not say."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**30
    except (OSError, IndexError):
        return 0.0


def _reason(code: int, said: str) -> str:
    """One line of a failure: memory, or the last that it said."""
    if any(sign in said.lower() for sign in ("memory limit", "out of memory", "memoryerror", "resources exhausted")):
        return "out of memory"
    last = said.strip().splitlines()[-1:] or [f"ended with {code}"]
    return last[0][:200]

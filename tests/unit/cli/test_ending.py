"""How the process ends by a signal: each in a process of its own, which sends it to itself."""

import signal
import subprocess
import sys
import textwrap

import pytest

from ...e2e.running import TIMEOUT_SECONDS

SAID = "; the rest"
TIDY = "\n".join(
    [
        "import atexit, os, signal, sys, time",
        "from cli.ending import end_as_it_is, end_at_once, end_interrupted, end_tidily",
        "atexit.register(print, 'tidied up')",
    ]
)


def ended(program: str, ignored: signal.Signals | None = None) -> subprocess.CompletedProcess[str]:
    """Run the program after the imports, with a signal ignored by whoever starts it."""
    start = f"import signal; signal.signal({int(ignored)}, signal.SIG_IGN)\n" if ignored is not None else ""
    return subprocess.run(
        [sys.executable, "-c", f"{start}{TIDY}\n{textwrap.dedent(program)}"],
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT_SECONDS,
    )


def caught(body: str) -> str:
    """A program that is interrupted in the body, and ends as the command does."""
    lines = textwrap.indent(textwrap.dedent(body).strip(), "    ")
    return f"end_tidily()\ntry:\n{lines}\nexcept KeyboardInterrupt:\n    end_interrupted({SAID!r})\n"


@pytest.mark.parametrize(
    ("sent", "code", "said"),
    [
        (signal.SIGINT, 130, "interrupted"),
        (signal.SIGTERM, -signal.SIGTERM, "ended by SIGTERM"),
        (signal.SIGHUP, -signal.SIGHUP, "ended by SIGHUP"),
    ],
)
@pytest.mark.parametrize("times", [1, 2])
def test_a_signal_tidies_up_and_ends_in_one_line(sent, code, said, times) -> None:
    body = f"""
    try:
        signal.raise_signal({int(sent)})
    finally:
        print("put away")
    """
    end = f"    signal.raise_signal({int(sent)})\n" * (times - 1)  # once more, while it ends
    done = ended(
        caught(body).replace("    end_inter", f"    atexit.register(lambda: exec({end.strip()!r}))\n    end_inter")
    )
    assert (done.returncode, done.stderr) == (code, f"error: {said}{SAID}\n")
    assert done.stdout == "put away\ntidied up\n"


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_during_imports_code_that_makes_an_error_of_an_interrupt_has_no_turn(sent) -> None:
    done = ended(f"""
        end_at_once()
        try:
            signal.raise_signal({int(sent)})
        except BaseException as error:
            raise ImportError("initialization failed") from error
    """)
    how = "interrupted" if sent == signal.SIGINT else "ended by SIGTERM"
    assert done.stderr == f"error: {how} before anything was done\n"
    assert done.returncode == (130 if sent == signal.SIGINT else -sent)


def test_an_interrupt_in_a_destructor_is_raised_after_it() -> None:
    done = ended(
        caught("""
        class Swallowing:
            def __del__(self):
                signal.raise_signal(signal.SIGINT)
        Swallowing()
        while True:
            time.sleep(0.01)
        """)
    )
    assert (done.returncode, done.stderr) == (130, f"error: interrupted{SAID}\n")


def test_another_error_in_a_destructor_is_told_as_python_does() -> None:
    done = ended("""
        end_tidily()
        class Failing:
            def __del__(self):
                raise ValueError("told")
        Failing()
    """)
    assert done.returncode == 0
    assert "Exception ignored in" in done.stderr
    assert "ValueError: told" in done.stderr


def test_sigterm_does_what_the_handler_of_interrupts_does() -> None:
    done = ended("""
        end_tidily()
        signal.signal(signal.SIGINT, lambda number, frame: print("Dagster's own", number))
        signal.raise_signal(signal.SIGTERM)
    """)
    assert (done.returncode, done.stdout) == (0, "Dagster's own 2\ntidied up\n")


@pytest.mark.parametrize("ignored", [signal.SIGHUP, signal.SIGTERM, signal.SIGINT])
def test_what_the_starter_ignores_stays_ignored(ignored) -> None:
    done = ended(f"end_at_once()\nend_tidily()\nsignal.raise_signal({int(ignored)})\nprint('goes on')", ignored)
    assert (done.returncode, done.stdout, done.stderr) == (0, "goes on\ntidied up\n", "")


def test_when_all_is_done_an_interrupt_changes_nothing_and_sigterm_ends() -> None:
    done = ended("end_tidily()\nend_as_it_is()\nsignal.raise_signal(signal.SIGINT)\nsys.exit(3)")
    assert (done.returncode, done.stderr) == (3, "")
    done = ended("end_tidily()\nend_as_it_is()\nsignal.raise_signal(signal.SIGTERM)")
    assert done.returncode == -signal.SIGTERM

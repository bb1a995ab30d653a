"""A unit failed: systemd's hook tells it as a failed run is told, unless the command did so itself."""

import os
from collections.abc import Mapping
from datetime import datetime

from pipelines.alerting.alerts import report_data, report_failed_unit
from pipelines.settings import PREFIX, Settings, SettingsError, load_settings
from storage.alerts import AlertLog
from storage.files.atomic import StorageError

_RESULTS = {
    "timeout": "took too long",
    "oom-kill": "ran out of memory",
    "start-limit-hit": "was started again and again, and failed",
    "resources": "could not be started",
    "watchdog": "did not answer any more",
    "protocol": "did not become ready",
}
_ESSENTIAL = ("HOME", "LANDING", "ALERT_WEBHOOK", "ALERT_KIND", "NOW", "LOG")
_EXITED = "exit-code"


def cause_of(unit: str, told: Mapping[str, str]) -> str:
    """Why a unit failed, in one line.

    Args:
        told: what systemd (251 and newer) tells a hook in its environment, `MONITOR_…`.
    """
    result, status = told.get("MONITOR_SERVICE_RESULT", ""), told.get("MONITOR_EXIT_STATUS", "")
    if result == _EXITED:
        return f"{unit} ended with code {status}; journalctl -u {unit} says more"
    if result in ("signal", "core-dump"):
        return f"{unit} was killed by {status or 'a signal'}; journalctl -u {unit} says more"
    return f"{unit} {_RESULTS.get(result, 'failed')}; journalctl -u {unit} says more"


def settings_of_hook() -> tuple[Settings, str]:
    """The settings, and what is wrong with them: a setting that can't be used is why the unit failed.

    Then those alone are read by which an alert is sent, and this process knows no others any more.

    Raises:
        SettingsError: one of those can't be used.
    """
    try:
        return load_settings(), ""
    except SettingsError as error:
        wrong = str(error)
    for name in [name for name in os.environ if name.upper().startswith(PREFIX)]:  # settings are read in any case
        if name.upper().removeprefix(PREFIX) not in _ESSENTIAL:
            del os.environ[name]
    os.chdir("/")  # no .env is read again
    return load_settings(), wrong


def tell_failure(settings: Settings, unit: str, told: Mapping[str, str], wrong: str, at: datetime) -> str:
    """Alert of a failed unit, and send what waits.

    A run that ended by itself, and a check, are about what is alerted of anyway: then the unit is no news beside that.

    Args:
        unit: its name, without the ending.
        told: as `cause_of` takes it.
        wrong: what is wrong with the settings; empty where nothing is.

    Returns:
        A line for who looks, when something could not be looked at or sent; empty otherwise.
    """
    cause = cause_of(unit, told)
    if wrong:
        return report_failed_unit(settings, f"{cause}; {wrong}", at)
    troubles = [report_data(settings, at)]
    if not _is_told(settings, unit, told):
        troubles.append(report_failed_unit(settings, cause, at))
    return "; ".join(dict.fromkeys(trouble for trouble in troubles if trouble))


def _is_told(settings: Settings, unit: str, told: Mapping[str, str]) -> bool:
    """Whether what made a command end like this is alerted of: a run that failed, or anything that a check found."""
    if told.get("MONITOR_SERVICE_RESULT") != _EXITED or not settings.folders.alerts.exists():
        return False
    try:
        with AlertLog(settings.folders.alerts) as log:
            kinds = log.standing_kinds()
    except StorageError:
        return False  # what is alerted of can't be read; both reports say so, and the failure is sent all the same
    code = told.get("MONITOR_EXIT_STATUS")
    return (unit.endswith("-nightly") and code == "1" and "run" in kinds) or (
        unit.endswith("-check") and code == "2" and bool(kinds)
    )

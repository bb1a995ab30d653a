"""`portfolio webex`: what was guessed, left out or refused of the partner's Webex, and a contract file to fill in."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.errors import UserError
from cli.screen.output import clean, heading, reading_console, utf8_output
from storage.files.umask import users_umask
from storage.usable import refuse_unusable

Home = Annotated[Path | None, typer.Option(help="Home folder (PORTFOLIO_HOME).")]
Landing = Annotated[Path | None, typer.Option(help="Landing folder (PORTFOLIO_LANDING).")]
app = typer.Typer(help="The source webex: what its figures lack, and a contract file to fill in.")

_LISTS = {
    "not_in_webex": "in the contract file alone, and not landed: {} subscriptions",
    "several_customers": "listed by several organisations, and counted for the first: {} subscriptions",
    "unknown_codes": "licence codes in no table, counted as other: {}",
    "carried": "organisations that could not be read, whose rows of an earlier day are repeated: {}",
}
_GUESSES = (
    ("guessed_starts", "start_date", ""),
    ("unknown_ends", "end_date", "none"),
    ("guessed_renewals", "auto_renew", "false"),
    ("guessed_statuses", "status", "active"),
)
_COUNTS = {
    "without_subscription": "licence lines without a subscription, left out",
    "uncoded": "licences whose id names no code",
    "several_sites": "licence lines whose code has its site behind it, since the subscription has several sites",
    "summed": "licence lines that were added to another one with the same code",
    "null_counts": "licence lines without a count, which go to quarantine",
}
_USAGE = {
    "failures": "organisations whose usage is still to be read: {}",
    "holders": "licences that list another number of holders than they count, read twice: {}",
    "sites": "sites whose meetings Webex does not tell this token: {}",
    "calls": "organisations whose calls Webex does not tell this token: {}",
}


@app.command("report")
def report(home: Home = None) -> None:
    """Show what the last deliveries guessed, left out, could not read or could not count."""
    from pipelines.commands.webex import webex_report
    from pipelines.settings import load_settings

    settings = load_settings(home=home)
    refuse_unusable(settings.folders)
    found = webex_report(settings)
    console = reading_console(soft_wrap=True)
    if not found:
        console.print("source webex has not delivered anything to this home folder yet")
        return
    unread = found.get("unread", {})
    for title, lines in (
        (f"Not read on {unread.get('day')}", list(_pairs(unread.get("organisations", {})))),
        ("Snapshots", list(_snapshot(found.get("snapshot", {})))),
        ("Usage", list(_usage(found.get("usage", {})))),
        ("Requests", list(_requests(found.get("requests", {})))),
        ("Lost days", [f"{day}: {why}" for day, why in found.get("lost", {}).items()]),
    ):
        if lines:
            console.print(heading(title, ""))
            for line in lines:
                console.print(clean(line), markup=False)


@app.command("contract-template")
def contract_template(
    output: Annotated[Path | None, typer.Option(metavar="FILE", help="Write to a new file.")] = None,
    home: Home = None,
    landing: Landing = None,
) -> None:
    """Write a contract file (PORTFOLIO_WEBEX_CONTRACT_FILE) with each subscription, and what is known of it."""
    from pipelines.commands.webex import contract_template as template
    from pipelines.settings import load_settings

    text = template(load_settings(home=home, landing=landing))
    if output is None:
        utf8_output().write(text)
        return
    try:
        with users_umask(), output.open("x", encoding="utf-8") as stream:
            stream.write(text)
    except FileExistsError:
        raise UserError(f"{output} exists already; name another file") from None


def _snapshot(found: Mapping[str, Any]) -> Iterator[str]:
    if not found:
        return
    rows = ", ".join(f"{name} {count:,}" for name, count in found["rows"].items())
    yield f"{found['day']}: {found['organisations']:,} organisations read; rows: {rows}"
    yield from (f"{found[name]:,} {what}" for name, what in _COUNTS.items() if found.get(name))
    yield from _guesses(found)
    yield from _listed(found, _LISTS)


def _guesses(found: Mapping[str, Any]) -> Iterator[str]:
    """How often each guess was made, and the guesses of each subscription."""
    guesses: dict[str, list[str]] = {}
    counts = []
    for name, column, guess in _GUESSES:
        counts += [f"{column} of {len(found.get(name, ())):,}"]
        for one in found.get(name, ()):
            guesses.setdefault(one, []).append(f"{column} {guess or found[name][one]}")
    if guesses:
        said = ", ".join(counts)
        yield f"guessed for {len(guesses):,} subscriptions, since neither Webex nor the contract file tells: {said}"
        yield from (f"  {one}: {', '.join(each)}" for one, each in sorted(guesses.items()))


def _usage(found: Mapping[str, Any]) -> Iterator[str]:
    if not found:
        return
    yield f"read on {found['day']}"
    yield from _listed(found, _USAGE)
    for day, causes in found.get("uncounted", {}).items():
        counts = ", ".join(f"{count:,} {cause}" for cause, count in sorted(causes.items()))
        yield f"not counted of {day}: {counts}"


def _requests(found: Mapping[str, Any]) -> Iterator[str]:
    for phase, counts in found.get("phases", {}).items():
        said = ", ".join(f"{count:,} {what}" for what, count in sorted(counts.items()))
        yield f"{found['day']}, {phase}: {said}"


def _listed(found: Mapping[str, Any], titles: Mapping[str, str]) -> Iterator[str]:
    """A title with the number of each list, then what is in it, a line each."""
    for name, title in titles.items():
        items = found.get(name)
        if items:
            yield title.format(f"{len(items):,}")
            yield from (f"  {one}" for one in (_pairs(items) if isinstance(items, Mapping) else items))


def _pairs(items: Mapping[str, Any]) -> Iterator[str]:
    for name, what in items.items():
        if isinstance(what, Mapping):
            what = ", ".join(f"{key} {value}" for key, value in what.items())
        yield f"{name}: {what}"

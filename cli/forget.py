"""`portfolio forget`: a licence holder, or a customer, is taken out of everything."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.errors import UserError
from cli.ingested import check_ingested
from cli.screen.days import brief, some
from cli.screen.output import clean, reading_console, written
from storage.home import Serving

if TYPE_CHECKING:
    from pipelines.commands.erasure import Forgotten
    from pipelines.settings import Settings

_MOST_NAMED = 10


def forget(
    user: Annotated[list[str] | None, typer.Option("--user", metavar="ID", help="A user_id; may be repeated.")] = None,
    customer: Annotated[
        list[str] | None, typer.Option("--customer", metavar="ID", help="A customer_id; may be repeated.")
    ] = None,
    partner: Annotated[
        str | None, typer.Option(metavar="ID", help="Of this partner alone; of all when left out.")
    ] = None,
    rewrite_landing: Annotated[
        bool, typer.Option("--rewrite-landing", help="Rewrite landing files that hold them, too.")
    ] = False,
    landing: Annotated[Path | None, typer.Option(help="Landing folder (PORTFOLIO_LANDING).")] = None,
    home: Annotated[Path | None, typer.Option(help="Home folder (PORTFOLIO_HOME).")] = None,
) -> None:
    """Forget licence holders (their rows are still counted, under a random key) or customers (their rows go).

    Exit code 0: nothing of them is left. 1: landing files still hold them and are named, or something failed.
    """
    from pipelines.settings import load_settings

    if bool(user) == bool(customer):
        raise UserError("say whom to forget: --user ID or --customer ID, one of the two")
    if any(not name.strip() for name in [*(user or ()), *(customer or ())]):
        raise UserError("an empty id names nobody")
    settings = load_settings(home=home, landing=landing)
    check_ingested(settings)
    result = _run(settings, user or (), customer or (), partner, rewrite_landing=rewrite_landing)
    console = reading_console(soft_wrap=True)
    for line in _lines(result):
        console.print(line)
    if foreign := _not_looked_into(settings.folders.serving.path):
        console.print(foreign)
    if settings.mapping is not None:
        from pipelines.commands.mapping import exports_in_inbox

        if names := exports_in_inbox(settings):
            held = f"not looked into: the inbox {clean(settings.inbox)} with {clean(some(names))}"
            console.print(f"{held}; take them out of the exports there, or delete those")
    from pipelines.commands.postgres import try_to_follow

    done, trouble = try_to_follow(settings, console.print, customer, partner) if customer else ("", "")
    if done or trouble:
        console.print(clean(done or trouble))
    if result.landing_held or result.failure or trouble:
        raise typer.Exit(1)


def _run(
    settings: "Settings",
    users: Sequence[str],
    customers: Sequence[str],
    partner: str | None,
    *,
    rewrite_landing: bool,
) -> "Forgotten":
    from pipelines.commands.erasure import OtherKeyError, UnknownSubjectError
    from pipelines.commands.forget_customers import forget_customers
    from pipelines.commands.forget_holders import forget_holders

    on_wait = reading_console(soft_wrap=True).print
    users, customers = list(dict.fromkeys(users)), list(dict.fromkeys(customers))
    try:
        if users:
            return forget_holders(settings, users, partner, rewrite_landing=rewrite_landing, on_wait=on_wait)
        from cli.screen.progress import ProgressBars

        with ProgressBars() as progress:
            return forget_customers(
                settings, customers, partner, progress, rewrite_landing=rewrite_landing, on_wait=on_wait
            )
    except (OtherKeyError, UnknownSubjectError) as error:
        raise UserError(clean(error)) from error


def _lines(result: "Forgotten") -> list[str]:
    lines = [f"lake: {_count(result.partitions, 'partition')} rewritten"]
    if result.landing_rewritten:
        lines.append(f"landing: {_count(len(result.landing_rewritten), 'file')} rewritten")
    if result.rebuilt:
        lines.append(f"built again and published: {brief(result.rebuilt)}")
    lines += [f"taken away: {partner} {brief(days)}: {cause}" for (partner, cause), days in _removed(result).items()]
    if result.publications:
        lines.append(f"old publications: {written(result.publications)} deleted")
    lines += [f"still in {clean(path)}" for path in result.landing_held[:_MOST_NAMED]]
    if len(result.landing_held) > _MOST_NAMED:
        lines.append(f"and in {_count(len(result.landing_held) - _MOST_NAMED, 'more landing file')}")
    if result.landing_held:
        lines.append("not finished: landing files would bring them back; --rewrite-landing rewrites what can be read")
    if result.failure:
        lines.append(f"failed: {clean(result.failure)}; the same command goes on from there")
    return lines


def _not_looked_into(serving: Path) -> str:
    """A line on what somebody else put among the publications, such as a copy of one; nothing where there is none."""
    from storage.publication.kept import foreign_entries

    names = [path.name for path in foreign_entries(serving)]
    return f"not looked into, in {clean(Serving(serving).publications)}: {clean(some(names))}" if names else ""


def _removed(result: "Forgotten") -> dict[tuple[str, str], list[date]]:
    causes: dict[tuple[str, str], list[date]] = {}
    for (partner, day), cause in result.removed.items():
        causes.setdefault((clean(partner), cause), []).append(day)
    return causes


def _count(number: int, noun: str) -> str:
    return f"{written(number)} {noun}{'' if number == 1 else 's'}"

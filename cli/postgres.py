"""`portfolio postgres`: which role of the database sees which partners."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from cli.errors import UsageError, UserError
from cli.publish import Dsn
from cli.screen.output import clean, reading_console, written

if TYPE_CHECKING:
    from storage.postgres.connection import Connection

app = typer.Typer(
    help="Who sees what in PostgreSQL: login roles bound to partners, or to some of a partner's customers."
)

Role = Annotated[str, typer.Argument(metavar="ROLE", help="A role of the database; create role NAME login makes one.")]
Partners = Annotated[list[str] | None, typer.Option("--partner", metavar="ID", help="A partner_id; may be repeated.")]
Customers = Annotated[
    list[str] | None, typer.Option("--customer", metavar="ID", help="Only this customer_id of it; may be repeated.")
]


@app.command()
def grant(
    role: Role,
    partner: Partners = None,
    customer: Customers = None,
    all_partners: Annotated[bool, typer.Option("--all-partners", help="Every partner, those to come too.")] = False,
    dsn: Dsn = None,
) -> None:
    """Let a role see a partner's rows; with --customer, only those of some of its customers."""
    from storage.postgres import bindings

    partners, customers = partner or [], customer or []
    if all_partners == bool(partners) or (all_partners and customers):
        raise UsageError("say what the role sees: --partner ID, or --all-partners, one of the two")
    if customers and len(partners) != 1:
        raise UsageError("--customer narrows one partner: give --partner once")
    with _connected(dsn) as connection:
        if all_partners:
            bindings.grant_all(connection, role)
        else:
            bindings.grant(connection, role, partners, customers)
    what = "every partner" if all_partners else ", ".join(map(clean, partners))
    narrowed = f", customers {', '.join(map(clean, customers))}" if customers else ""
    reading_console(soft_wrap=True).print(f"{clean(role)} sees {what}{narrowed}")


@app.command()
def revoke(role: Role, partner: Partners = None, customer: Customers = None, dsn: Dsn = None) -> None:
    """Take bindings away from a role: those of some partners or customers, or all of them."""
    from storage.postgres import bindings

    with _connected(dsn) as connection:
        gone = bindings.revoke(connection, role, partner or [], customer or [])
    if not gone:
        raise UserError(f"{clean(role)} has no such binding; `portfolio postgres list` shows what there is")
    reading_console(soft_wrap=True).print(
        f"{written(gone)} binding{'' if gone == 1 else 's'} of {clean(role)} taken away"
    )


@app.command("list")
def list_bindings(dsn: Dsn = None) -> None:
    """List which role sees which partners and customers."""
    from storage.postgres import bindings

    with _connected(dsn) as connection:
        found = bindings.bindings(connection)
    console = reading_console()
    if not found:
        console.print("no role is bound; `portfolio postgres grant ROLE --partner ID` binds one")
        return
    rows = [("role", "partner", "customer")]
    rows += [(one.role, one.partner_id or "every partner", one.customer_id or "every customer") for one in found]
    # No table of rich's: that would shorten ids to the terminal's width.
    widths = [max(len(clean(row[column])) for row in rows) for column in range(3)]
    for row in rows:
        cells = [clean(cell).ljust(width) for cell, width in zip(row, widths, strict=True)]
        console.print("  ".join(cells).rstrip(), soft_wrap=True)


@contextmanager
def _connected(dsn: str | None) -> "Iterator[Connection]":
    from pipelines.settings import load_settings
    from storage.postgres.bindings import require_set_up
    from storage.postgres.connection import connect

    settings = load_settings(postgres_dsn=dsn)
    if settings.postgres_dsn is None:
        raise UserError("no database is named: set PORTFOLIO_POSTGRES_DSN, or give --dsn")
    with connect(settings.postgres_dsn.get_secret_value()) as connection:
        require_set_up(connection)
        yield connection

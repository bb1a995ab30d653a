"""`portfolio postgres`: which role of the database sees which partners, or which of their customers."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from cli.errors import UsageError, UserError
from cli.publish import Dsn
from cli.screen.output import clean, reading_console, written

if TYPE_CHECKING:
    from storage.postgres.bindings import Binding
    from storage.postgres.connection import Connection

app = typer.Typer(
    help="Who sees what in PostgreSQL: login roles bound to partners, or to some of a partner's customers."
)
_WHOSE = {"--customer": "customers", "--sub-partner": "customers of sub-partners", "--owner": "customers of owners"}

Role = Annotated[str, typer.Argument(metavar="ROLE", help="A role of the database; create role NAME login makes one.")]
Partners = Annotated[list[str] | None, typer.Option("--partner", metavar="ID", help="A partner_id; may be repeated.")]
Customers = Annotated[
    list[str] | None, typer.Option("--customer", metavar="ID", help="Only this customer_id of it; may be repeated.")
]
SubPartners = Annotated[
    list[str] | None,
    typer.Option("--sub-partner", metavar="ID", help="Only this sub_partner_id's customers; may be repeated."),
]
Owners = Annotated[
    list[str] | None, typer.Option("--owner", metavar="NAME", help="Only this owner's customers; may be repeated.")
]


@app.command()
def grant(
    role: Role,
    partner: Partners = None,
    customer: Customers = None,
    sub_partner: SubPartners = None,
    owner: Owners = None,
    all_partners: Annotated[bool, typer.Option("--all-partners", help="Every partner, those to come too.")] = False,
    dsn: Dsn = None,
) -> None:
    """Let a role see a partner's rows, or only those of customers: by id, of a sub-partner, or of an owner."""
    from storage.postgres import bindings

    partners = partner or []
    narrowed = _narrowed(customer, sub_partner, owner)
    if all_partners == bool(partners) or (all_partners and narrowed):
        raise UsageError("say what the role sees: --partner ID, or --all-partners, one of the two")
    if narrowed and len(partners) != 1:
        raise UsageError(f"{next(iter(narrowed))} narrows one partner: give --partner once")
    if len(narrowed) > 1:
        raise UsageError(f"bindings add up, and narrow none of the others: give {' or '.join(narrowed)}, one at a time")
    if any(not name.strip() for names in narrowed.values() for name in names):
        raise UsageError(f"{next(iter(narrowed))} is empty: customers whom nobody looks after are bound by --customer")
    with _connected(dsn) as connection:
        if all_partners:
            bindings.grant_all(connection, role)
        else:
            bindings.grant(
                connection, role, partners, customer or [], sub_partners=sub_partner or [], owners=owner or []
            )
    what = "every partner" if all_partners else ", ".join(map(clean, partners))
    whose = "".join(f", {_WHOSE[option]} {', '.join(map(clean, names))}" for option, names in narrowed.items())
    reading_console(soft_wrap=True).print(f"{clean(role)} sees {what}{whose}")


@app.command()
def revoke(
    role: Role,
    partner: Partners = None,
    customer: Customers = None,
    sub_partner: SubPartners = None,
    owner: Owners = None,
    dsn: Dsn = None,
) -> None:
    """Take bindings away from a role: those of some partners, customers, sub-partners or owners, or all of them."""
    from storage.postgres import bindings

    with _connected(dsn) as connection:
        gone = bindings.revoke(
            connection, role, partner or [], customer or [], sub_partners=sub_partner or [], owners=owner or []
        )
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
    rows += [(one.role, one.partner_id or "every partner", _customers_of(one)) for one in found]
    # No table of rich's: that would shorten ids to the terminal's width.
    widths = [max(len(clean(row[column])) for row in rows) for column in range(3)]
    for row in rows:
        cells = [clean(cell).ljust(width) for cell, width in zip(row, widths, strict=True)]
        console.print("  ".join(cells).rstrip(), soft_wrap=True)


def _narrowed(
    customers: list[str] | None, sub_partners: list[str] | None, owners: list[str] | None
) -> dict[str, list[str]]:
    """What narrows a binding to customers, by the option that was given."""
    given = {"--customer": customers, "--sub-partner": sub_partners, "--owner": owners}
    return {option: names for option, names in given.items() if names}


def _customers_of(binding: "Binding") -> str:
    if binding.sub_partner_id is not None:
        return f"every customer of sub-partner {binding.sub_partner_id}"
    if binding.owner is not None:
        return f"every customer of owner {binding.owner}"
    return binding.customer_id or "every customer"


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

"""Finding customers: their subscriptions, and where there are rows of theirs."""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

import duckdb

from assets.erasure import RecordsLeftOut, subscription_owners, sweep_landing
from assets.resources import Workspace
from expectations.contract import SUBSCRIPTIONS
from expectations.row_checks import keyed_hash
from expectations.sql_text import sql_files
from pipelines.commands.erasure import UnknownSubjectError
from sources.erasing.naming import NamedCustomer
from storage.lake.erased_rows import CustomerRows
from storage.lake.erasure import partitions_naming
from storage.ledger.ledger import Ledger
from storage.ledger.open_erasures import details_of
from storage.warehouse.mart_rows import partner_days
from storage.warehouse.opening import open_warehouse


def find_customer(
    con: duckdb.DuckDBPyConnection, workspace: Workspace, ledger: Ledger, customer_id: str, partner: str | None
) -> CustomerRows:
    """The customer with its subscriptions, as an interrupted erasure noted them, or as lake and landing have them.

    Raises:
        UnknownSubjectError: the customer is nowhere.
    """
    found = con.execute(f"select {keyed_hash('?::varchar')}", [customer_id]).fetchone()
    assert found is not None  # noqa: S101  a select without a table gives one row
    noted = details_of(ledger, subject_of(customer_id, partner))
    if noted is not None:
        pairs = frozenset((owner, subscription) for owner, subscription in noted["subscriptions"])
        return CustomerRows(customer_id, found[0], partner, pairs)
    owners = {*_lake_owners(con, workspace, ledger), *_landing_owners(workspace, customer_id)}
    rows = CustomerRows(customer_id, found[0], partner, _own(owners, customer_id, partner))
    if not _is_known(con, workspace, ledger, rows):
        of = f" of partner {partner!r}" if partner is not None else ""
        where = f"in the home folder or in {workspace.landing}"
        raise UnknownSubjectError(f"no customer {customer_id!r}{of} is {where}: nothing was erased")
    return rows


def subject_of(customer_id: str, partner: str | None) -> str:
    """What the ledger calls the erasure of a customer; None: of any partner."""
    return f"customer {json.dumps([customer_id, partner])}"


def days_in_marts(workspace: Workspace, customers: Sequence[CustomerRows]) -> set[tuple[str, date]]:
    """The partners and as-of days of which warehouse or publication still have rows of the customers."""

    def condition(owned: bool) -> str:
        return " or ".join(rows.in_columns(owned=owned) for rows in customers)

    found: set[tuple[str, date]] = set()
    for path in (workspace.warehouse_path, workspace.home.serving.file):
        if path.exists():
            with open_warehouse(path, read_only=True) as connection:
                found |= partner_days(connection, condition)
    return found


def _own(owners: Iterable[tuple[str, str, str]], customer_id: str, partner: str | None) -> frozenset[tuple[str, str]]:
    """The subscriptions that are the customer's in some snapshot. One that was another's, too, is not its own: of
    that one's licences and usage, only rows that name the customer are its.
    """
    own: set[tuple[str, str]] = set()
    others: set[tuple[str, str]] = set()
    for owner, subscription, customer in owners:
        theirs = customer == customer_id and partner in (None, owner)
        (own if theirs else others).add((owner, subscription))
    return frozenset(own - others)


def _lake_owners(con: duckdb.DuckDBPyConnection, workspace: Workspace, ledger: Ledger) -> list[tuple[str, str, str]]:
    days = [record.partition_date for record in ledger.partitions(SUBSCRIPTIONS.name)]
    paths = [path for day in days if (path := workspace.lake.accepted_path(SUBSCRIPTIONS, day)).exists()]
    if not paths:
        return []
    return con.execute(
        "select distinct partner_id, subscription_id, customer_id"
        f" from read_parquet({sql_files(*paths)}, hive_partitioning = false)"
    ).fetchall()


def _landing_owners(workspace: Workspace, customer_id: str) -> Iterator[tuple[str, str, str]]:
    return subscription_owners(workspace.landing_folder, customer_id, workspace.ingest_rules().limits)


def _is_known(con: duckdb.DuckDBPyConnection, workspace: Workspace, ledger: Ledger, rows: CustomerRows) -> bool:
    if partitions_naming(con, workspace.lake, ledger, rows) or days_in_marts(workspace, [rows]):
        return True
    named = RecordsLeftOut(NamedCustomer(rows.customer_id, rows.partner, rows.subscriptions))
    rules = workspace.ingest_rules()
    return bool(sweep_landing(workspace.landing_folder, workspace.lake, ledger, rules, [named], rewrite=False).held)

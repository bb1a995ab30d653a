"""Forgetting customers: their rows go everywhere, and the days that counted them are built again."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date

import duckdb

from assets.erasure import RecordsLeftOut, sweep_landing
from assets.ingest.workbench import open_workbench
from assets.resources import Progress, Workspace
from pipelines.commands.building import BuildReport
from pipelines.commands.erasure import Forgotten, busy_is_one_line, clean_up
from pipelines.commands.finding_customers import days_in_marts, find_customer, subject_of
from pipelines.commands.materialize import command_turn, materialize_in_turn
from pipelines.commands.republishing import republish
from pipelines.commands.session import Request
from pipelines.definitions import workspace_of
from pipelines.runs.instance import prepare_home
from pipelines.settings import Settings
from planning.look_back import pruned_days
from sources.erasing.naming import NamedCustomer
from storage import clock
from storage.files.locks import exclusive
from storage.lake.erased_rows import CustomerRows
from storage.lake.erasure import partitions_naming, rewrite
from storage.ledger.as_of_days import AsOfDays
from storage.ledger.erased_checks import erase_from_checks
from storage.ledger.horizons import horizons
from storage.ledger.ledger import Ledger
from storage.ledger.open_erasures import begin, end
from storage.publication.publication import published_days, withdraw
from storage.publication.published_file import older_publications
from storage.publication.restoring import restore_warehouse
from storage.warehouse.mart_rows import delete_partner_days
from storage.warehouse.opening import open_warehouse

MOST_ROUNDS = 5
"""How often landing and lake are gone through while other runs bring somebody back."""


def forget_customers(
    settings: Settings,
    customer_ids: Sequence[str],
    partner: str | None,
    progress: Progress,
    *,
    rewrite_landing: bool,
    on_wait: Callable[[str], None],
) -> Forgotten:
    """Remove the customers' rows from landing, lake and marts, build the days anew, and publish without a byte of them.

    Other commands wait until all is done. A run of Dagster's own can't be kept waiting while the days are built: it may
    hold the place in a pool that the build needs. So landing and lake are gone through once more afterwards, and what
    such a run brought back goes as well. An interrupted erasure is noted in the ledger and goes on when it is asked for
    again.

    Raises:
        UnknownSubjectError: a customer is nowhere; nothing was changed.
        StorageError: something can't be written; the same command goes on from there.
    """
    workspace = workspace_of(settings)
    result = Forgotten()
    workspace.engine.check()
    prepare_home(settings)
    with command_turn(settings, on_wait):
        built: BuildReport | None = None
        for _ in range(MOST_ROUNDS):
            with _writing(settings, on_wait), workspace.ledger() as ledger:
                before = result.partitions
                customers = _from_lake(
                    workspace, ledger, customer_ids, partner, result, rewrite_landing=rewrite_landing
                )
                if built is not None and result.partitions == before:
                    _from_marts(workspace, ledger, customers, built, result)
                    clean_up(workspace)
                    end(ledger, [subject_of(customer_id, partner) for customer_id in customer_ids])
                    return result
                restore_warehouse(workspace.warehouse_path, workspace.serving, ledger, workspace.memory_limit)
            built = _build_again(settings, workspace, result, progress)
            if result.failure:
                return result
    result.failure = "other runs bring them back as fast as they go: stop those, or deliver no more of them"
    return result


def _build_again(settings: Settings, workspace: Workspace, result: Forgotten, progress: Progress) -> BuildReport:
    """Build and publish the days that are stale now, those of closed periods, too."""
    if not published_days(workspace.serving):
        return BuildReport()
    request = Request(clock.last_complete_day(), stale=True, reopen=True, ingest=False)
    made = materialize_in_turn(settings, workspace, request, progress)
    result.rebuilt = sorted({*result.rebuilt, *made.build.published})
    result.failure = made.failure
    return made.build


@contextmanager
def _writing(settings: Settings, on_wait: Callable[[str], None]) -> Iterator[None]:
    """Be the one that writes in the home folder; Dagster's own runs wait as well."""
    with exclusive(settings.folders.pipeline_lock, on_wait), busy_is_one_line():
        yield


def _from_lake(
    workspace: Workspace,
    ledger: Ledger,
    customer_ids: Sequence[str],
    partner: str | None,
    result: Forgotten,
    *,
    rewrite_landing: bool,
) -> list[CustomerRows]:
    rules, lake, landing = workspace.ingest_rules(), workspace.lake, workspace.landing_folder
    with open_workbench(lake, rules) as con:
        customers = [find_customer(con, workspace, ledger, customer_id, partner) for customer_id in customer_ids]
        for rows in customers:
            subject = subject_of(rows.customer_id, partner)
            begin(ledger, subject, {"subscriptions": sorted(rows.subscriptions)})
            named = RecordsLeftOut(NamedCustomer(rows.customer_id, partner, rows.subscriptions))
            sweep = sweep_landing(landing, lake, ledger, rules, [named], rewrite=rewrite_landing)
            result.add_sweep(sweep)
            partitions = partitions_naming(con, lake, ledger, rows) | sweep.facts.keys()
            result.partitions += rewrite(
                con, lake, ledger, rows, partitions, sweep.facts, workspace.max_snapshot_age_days
            )
    return customers


def _from_marts(
    workspace: Workspace,
    ledger: Ledger,
    customers: Sequence[CustomerRows],
    built: BuildReport,
    result: Forgotten,
) -> None:
    """A partner's day that still counts a customer could not be built again: its sums are wrong, and it goes whole."""
    subscriptions = {subscription for rows in customers for _, subscription in rows.subscriptions}
    erase_from_checks(ledger, {rows.customer_id for rows in customers} | subscriptions)
    left = days_in_marts(workspace, customers)
    days = sorted({day for _, day in left})
    causes = pruned_days(days, horizons(ledger), workspace.max_snapshot_age_days)
    causes |= {day: f"{cause} was refused" for day, cause in built.blocked.items()} | dict(built.without_snapshot)
    result.removed = {(partner, day): causes.get(day, "it could not be built again") for partner, day in sorted(left)}
    if left:
        with workspace.engine.opened() as warehouse:
            warehouse.delete_partner_days(left)
    if workspace.warehouse_path.exists():
        with open_warehouse(workspace.warehouse_path) as connection:
            delete_partner_days(connection, left)
    if not published_days(workspace.serving):
        return
    result.publications = len(older_publications(workspace.serving, keep=1))
    if _published_partner_days(workspace) <= left:
        withdraw(workspace.serving)
        return
    records = AsOfDays(ledger).records()
    kept = [day for day in days if day in records and records[day].outcome == "built"]
    republish(workspace, ledger, replaced=days, days=kept, keep=1)


def _published_partner_days(workspace: Workspace) -> set[tuple[str, date]]:
    with duckdb.connect(str(workspace.home.serving.file), read_only=True) as connection:
        return set(connection.execute("select distinct partner_id, as_of_date from marts.portfolio_kpis").fetchall())

"""Forgetting licence holders: their rows stay and count, under a key that leads back to nobody."""

from collections.abc import Callable, Sequence

import duckdb

from assets.erasure import TokenForHolder, sweep_landing
from assets.ingest.other_keys import days_under_other_keys
from assets.ingest.workbench import open_workbench
from assets.resources import Workspace
from expectations.row_checks import keyed_hash
from pipelines.commands.erasure import (
    Forgotten,
    OtherKeyError,
    UnknownSubjectError,
    busy_is_one_line,
    clean_up,
    random_token,
)
from pipelines.definitions import workspace_of
from pipelines.private_home import keep_private
from pipelines.settings import Settings
from sources.erasing.naming import NamedHolder
from storage.files.locks import exclusive
from storage.lake.erased_rows import HolderKeys
from storage.lake.erasure import partitions_naming, rewrite
from storage.ledger.ledger import Ledger
from storage.ledger.open_erasures import begin, details_of, end, scrub


def forget_holders(
    settings: Settings,
    user_ids: Sequence[str],
    partner: str | None,
    *,
    rewrite_landing: bool,
    on_wait: Callable[[str], None],
) -> Forgotten:
    """Give each holder's rows a fresh random key, the same one in all partitions, and in landing a random word.

    The key is the keyed hash of the word, so that landing files that are read again give the same one. The words are
    noted until no landing file holds the ids, and an interrupted run goes on with them.

    Raises:
        UnknownSubjectError: a user is neither in the lake nor in landing; nothing was changed.
        OtherKeyError: usage was loaded under another key; nothing was changed.
        StorageError: something can't be written; the same command goes on from there.
    """
    workspace = workspace_of(settings)
    workspace.engine.check()
    lake, landing = workspace.lake, workspace.landing_folder
    result = Forgotten()
    keep_private(settings)
    with exclusive(settings.folders.pipeline_lock, on_wait), busy_is_one_line(), workspace.ledger() as ledger:
        _refuse_other_keys(workspace, ledger)
        rules = workspace.ingest_rules()
        with open_workbench(lake, rules) as con:
            keys = {user_id: _hash(con, user_id) for user_id in user_ids}
            subjects = {user_id: f"user {keys[user_id]} of {partner or 'every partner'}" for user_id in user_ids}
            for user_id in user_ids:
                key = HolderKeys({keys[user_id]: 0}, partner)
                known = details_of(ledger, subjects[user_id]) or partitions_naming(con, lake, ledger, key)
                if not known:
                    replacement = TokenForHolder(NamedHolder(user_id, partner), user_id, "")
                    sweep = sweep_landing(landing, lake, ledger, rules, [replacement], rewrite=False)
                    if not sweep.held:
                        of = f" of partner {partner!r}" if partner is not None else ""
                        raise UnknownSubjectError(
                            f"no user {user_id!r}{of} is in the lake or in {landing.root}: nothing was erased"
                        )
            tokens = {user_id: _token(ledger, subjects[user_id]) for user_id in user_ids}
            replacements = [
                TokenForHolder(NamedHolder(user_id, partner), user_id, token) for user_id, token in tokens.items()
            ]
            sweep = sweep_landing(landing, lake, ledger, rules, replacements, rewrite=rewrite_landing)
            result.add_sweep(sweep)
            rows = HolderKeys({keys[user_id]: _hash(con, token) for user_id, token in tokens.items()}, partner)
            partitions = partitions_naming(con, lake, ledger, rows) | sweep.facts.keys()
            result.partitions = rewrite(
                con, lake, ledger, rows, partitions, sweep.facts, workspace.max_snapshot_age_days
            )
        clean_up(workspace)
        if result.landing_held:
            scrub(ledger)
        else:
            end(ledger, list(subjects.values()))
    return result


def _refuse_other_keys(workspace: Workspace, ledger: Ledger) -> None:
    """Usage under another key can't be searched, and nobody could say that nothing of somebody is left."""
    days = days_under_other_keys(workspace.lake, ledger, workspace.key_in_force())
    if days:
        number = f"{len(days):,} day{'' if len(days) == 1 else 's'}"
        raise OtherKeyError(
            f"usage of {number}, the first {days[0]}, was loaded under another hash key and can't be searched: nothing"
            " was erased; set PORTFOLIO_HASH_KEY to the key it was loaded with, or restore hash.key, or deliver its"
            " landing files and run `portfolio materialize`, so that they are read again under the present key"
        )


def _token(ledger: Ledger, subject: str) -> str:
    """The holder's word: that of an erasure that is under way, or a new one."""
    details = details_of(ledger, subject)
    if details is None:
        details = {"token": random_token()}
        begin(ledger, subject, details)
    return str(details["token"])


def _hash(con: duckdb.DuckDBPyConnection, text: str) -> int:
    found = con.execute(f"select {keyed_hash('?::varchar')}", [text]).fetchone()
    assert found is not None  # noqa: S101  a select without a table gives one row
    return int(found[0])

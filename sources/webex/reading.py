"""Reading what a day's snapshots are made of: organisation by organisation, on from where an earlier run stopped."""

from collections.abc import Callable, Mapping, Sequence

from sources.webex.api import Webex
from sources.webex.errors import RefusedError, WebexError
from sources.webex.models import Organisation
from sources.webex.progress import Progress, Read
from sources.webex.snapshots import is_trial_by_id
from sources.webex.workers import for_each

Landed = Callable[[Sequence[str]], Sequence[str]]
"""Which of some organisations (UUIDs) landing has rows of."""


async def read_organisations(webex: Webex, progress: Progress, partner: str) -> Mapping[str, str]:
    """Read every customer organisation that the progress lacks.

    Returns:
        why organisations (UUIDs) could not be read; they are noted in the progress as well.

    Raises:
        WebexError: the organisations can't be listed.
    """
    listed = [one for one in await webex.organisations() if one.uuid != partner]
    failed: dict[str, str] = {}

    async def read(organisation: Organisation) -> None:
        try:
            found = await webex.organisation(organisation)
            progress.add(Read(found, tuple(await webex.licences(organisation))))
        except WebexError as error:
            failed[organisation.uuid] = str(error)

    missing = [one for one in listed if one.uuid not in progress.reads]
    await for_each(missing, webex.client.options.concurrency, read)
    gone = progress.reads.keys() - {one.uuid for one in listed}
    progress.reads = {uuid: one for uuid, one in progress.reads.items() if uuid not in gone}
    progress.fail(failed)
    return failed


async def read_trials(webex: Webex, reads: Sequence[Read], note: Callable[[str], None]) -> dict[str, bool]:
    """Whether subscriptions are trials, by their tags; those without tags are left out.

    Of a tag that more subscriptions have than Webex lists, the others are asked for one by one.

    Raises:
        WebexError: a tag can't be read.
    """
    try:
        tags = await webex.tags()
    except RefusedError as error:
        note(f"webex: tags of subscriptions can't be read ({error}): trials are told by their ids alone")
        return {}
    trials: dict[str, bool] = {}
    is_cut_off = False
    for tag in tags:
        found = await webex.tagged(tag)
        is_cut_off |= found.cut_off
        for subscription, is_trial in found.trials.items():
            trials[subscription] = trials.get(subscription, False) or is_trial
    if is_cut_off:
        await _ask_one_by_one(webex, reads, trials)
    return trials


async def _ask_one_by_one(webex: Webex, reads: Sequence[Read], trials: dict[str, bool]) -> None:
    left = {
        licence.subscription: read.organisation
        for read in reads
        for licence in read.licences
        if licence.subscription is not None
        and licence.subscription not in trials
        and not is_trial_by_id(licence.subscription)
    }

    async def ask(one: tuple[str, Organisation]) -> None:
        subscription, organisation = one
        try:
            trials[subscription] = await webex.is_tagged_trial(organisation, subscription)
        except RefusedError:  # whether an untagged one can be asked for is not documented
            webex.client.counts["subscriptions whose tags can't be read"] += 1

    await for_each(list(left.items()), webex.client.options.concurrency, ask)

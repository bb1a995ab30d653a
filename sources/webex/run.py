"""One delivery: the day's snapshots first, which Webex tells of today alone, and then the usage that is due."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any

from expectations.contract import CUSTOMERS, LICENSE_USAGE
from sources.landing.folder import LandingFolder
from sources.source import Delivery
from sources.webex.api import Webex
from sources.webex.client import Client
from sources.webex.codes import read_codes
from sources.webex.counting import CALLING, MEETINGS, Usage
from sources.webex.errors import WebexError
from sources.webex.landed import newest_rows
from sources.webex.options import WebexOptions
from sources.webex.plan import MINUTES_A_DAY, WINDOWS_A_DAY, Organisations, Plan, plan_usage
from sources.webex.progress import Progress, failing, progress_of
from sources.webex.reading import read_organisations, read_trials
from sources.webex.report import Report
from sources.webex.snapshot_landing import SNAPSHOTS, is_free, land_snapshot, rows_to_land
from sources.webex.usage import Flush, UsageReader
from sources.webex.usage_landing import land_usage
from sources.webex.usage_report import UsageReport
from sources.webex.usage_state import READ_DAYS, Kind, UsageState, usage_state
from sources.webex.workers import for_each

ClientMaker = Callable[[], Client]


class Run:
    """What one delivery does, for the UTC day on which it starts."""

    def __init__(
        self,
        landing: LandingFolder,
        options: WebexOptions,
        day: date,
        now: Callable[[], datetime],
        note: Callable[[str], None],
        make_client: ClientMaker,
    ) -> None:
        self._landing = landing
        self._options = options
        self._day = day
        self._now = now
        self._note = note
        self._make_client = make_client
        self._read: Progress | None = None
        self._report = Report(options.memory)

    async def snapshots(self, asked: Collection[str]) -> list[Delivery]:
        """Bring the day's three snapshots, and those of them anew that are asked for."""
        try:
            progress = await self._progress()
        except WebexError as error:
            return [Delivery(name, self._day, problem=str(error)) for name in SNAPSHOTS if name in asked]
        if not progress.is_complete:
            problem = (
                f"{failing(progress.failed, len(progress.reads))}; the next run of {self._day} (UTC) reads these alone"
            )
            return [Delivery(name, self._day, problem=problem) for name in SNAPSHOTS if name in asked]
        return self.land(progress, asked)

    def land(self, progress: Progress, asked: Collection[str]) -> list[Delivery]:
        """Land what landing lacks of a day that was read, and what is asked for anew."""
        rows, found = rows_to_land(self._landing, progress, self._options)
        deliveries = []
        for name in SNAPSHOTS:
            if name in asked or is_free(self._landing, progress.day, name):
                land_snapshot(self._landing, progress.day, name, rows[name])
                deliveries.append(Delivery(name, progress.day, came=f"{len(rows[name]):,} rows"))
        self._report.save_snapshot(found, self._options)
        for line in self._report.warnings():
            self._note(line)
        return deliveries

    async def _progress(self) -> Progress:
        """The day's organisations, read as far as they are not yet; what failed is tried once in a delivery.

        Raises:
            WebexError: they can't be listed, or tags can't be read.
        """
        progress = self._read or progress_of(self._options.memory, self._day)
        if progress.is_complete or self._read is not None:
            return progress
        async with self._make_client() as client:
            webex = Webex(client)
            partner = await webex.own_organisation()
            progress = progress.of_partner(partner)
            failed = await read_organisations(webex, progress, partner)
            self._report.save_unread(self._day, failed)
            carried = self._carried(partner, failed)
            if carried is not None:
                reads = list(progress.reads.values())
                progress.complete(list(progress.reads), await read_trials(webex, reads, self._note), carried)
            self._report.save_requests(self._day, "snapshots", client.counts)
        self._read = progress
        return progress

    def _carried(self, partner: str, failed: Mapping[str, str]) -> tuple[str, ...] | None:
        """The organisations whose newest landed rows are repeated; None where the day has to wait for one."""
        if not failed:
            return ()
        if self._options.partial == "wait":
            return None
        landed = newest_rows(self._landing, partner, failed, self._day, (CUSTOMERS.name,))
        if landed.keys() != failed.keys():
            return None
        self._note(f"webex: {failing(failed)}; the newest rows that landing has of them are repeated")
        return tuple(sorted(failed))

    async def usage(self, days: Sequence[date]) -> list[Delivery]:
        """Bring what is due of these days' usage."""
        try:
            progress = await self._progress()
        except WebexError as error:
            return [Delivery(LICENSE_USAGE.name, day, problem=str(error)) for day in days]
        state = usage_state(self._options.memory / "usage.json")
        if state.partner != progress.partner:
            state = UsageState(state.file, progress.partner)
        codes, fresh = read_codes(self._options.codes_file), Counter[date]()
        report = UsageReport(earlier=state.said)
        async with self._make_client() as client:
            flush = Flush(partial(self._land_usage, progress, state, report, fresh))

            def done(organisation: str, kind: Kind, read_days: Collection[date], usage: Usage) -> None:
                report.add(usage)
                flush.add(organisation, kind, read_days, usage)

            plan = Plan()
            reader = UsageReader(
                Webex(client), codes, self._now, report, lambda day: plan.windows_of(day, self._day), done
            )
            organisations = _organisations(progress, reader)
            plan = plan_usage(
                state,
                days,
                self._day,
                organisations,
                calls=self._options.calls,
                per_minute=self._options.cdr_per_minute,
            )
            state.save(self._day)
            self._say_what_is_left(plan, organisations)
            wanted = [(progress.reads[one], work) for one, work in plan.work.items()]
            try:
                await for_each(wanted, self._options.concurrency, lambda pair: reader.read(*pair))
            finally:
                self._report.save_requests(self._day, "usage", client.counts)
                flush.land()  # what was read is not read again
        said = report.joined(self._day, state.all_pending())
        if said != state.said:
            self._save(state, said)
        return [self._delivery(day, progress, state, report, fresh) for day in days]

    def _land_usage(
        self,
        progress: Progress,
        state: UsageState,
        report: UsageReport,
        fresh: Counter[date],
        rows: Mapping[date, Counter[Any]],
        done: list[tuple[Kind, date, str]],
    ) -> None:
        """Land what was counted, then remember that it is there: after a kill in between it is read again."""
        days = sorted({day for _, day, _ in done})
        for day in days:
            read = rows.get(day, Counter())
            fresh[day] += land_usage(self._landing, day, self._day, progress.partner, read, even_empty=False)
        for kind, day, organisation in done:
            state.done(kind, day, organisation)
        for day in days:
            if not state.pending(day):
                self._land_empty(day, progress.partner)
        state.first_requests = self._day, state.requests_on(self._day) + report.windows
        report.windows = 0
        self._save(state, report.joined(self._day, state.all_pending()))

    def _save(self, state: UsageState, said: Mapping[str, Any]) -> None:
        """Remember how far usage was read, and what there is to say of it. Last what tells a later run what is due."""
        state.said = said
        self._report.save_usage(said)
        state.save(self._day)

    def _delivery(
        self, day: date, progress: Progress, state: UsageState, report: UsageReport, fresh: Mapping[date, int]
    ) -> Delivery:
        """What became of a day: what failed to be read is a problem, what waits for its turn is none."""
        pending = state.pending(day)
        unread = pending & (report.failures.keys() | (progress.failed.keys() - set(progress.carried)))
        if unread:
            why = {**progress.failed, **report.failures}
            return Delivery(
                LICENSE_USAGE.name,
                day,
                problem=f"{failing({one: why[one] for one in unread})}; usage of the others is landed,"
                " and theirs comes with a later run",
            )
        if not pending:
            self._land_empty(day, progress.partner)
        if self._landing.partition(LICENSE_USAGE.name, day) is None:
            reason = "organisations wait for a later run" if pending else "nobody used anything"
            return Delivery(LICENSE_USAGE.name, day, nothing=reason)
        waits = f"; {len(pending)} organisations wait for a later run" if pending else ""
        return Delivery(LICENSE_USAGE.name, day, came=f"{fresh.get(day, 0):,} new activities{waits}")

    def _land_empty(self, day: date, partner: str) -> None:
        """Land a day on which nobody used anything, unless it is before the first day of any usage: it was read."""
        landed = self._landing.days(LICENSE_USAGE.name)
        if (self._day - day).days <= READ_DAYS or (landed and landed[0] < day):
            land_usage(self._landing, day, self._day, partner, {}, even_empty=True)

    def _say_what_is_left(self, plan: Plan, organisations: Organisations) -> None:
        """Whose calls are not read for want of requests."""
        most = MINUTES_A_DAY // WINDOWS_A_DAY * self._options.cdr_per_minute
        count = len(organisations.calls)
        if self._options.calls and (count > most or plan.left_new):
            self._note(
                f"webex: {count:,} organisations have calling licences, and one token reads the calls of {most:,} a"
                f" day: {plan.left_new:,} are left out today; after 30 days their calls can't be had any more"
            )
        if plan.left_again:
            self._note(f"webex: late calls of {plan.left_again:,} organisations and days are not looked for today")
        if plan.left_older:
            self._note(
                f"webex: calls of {plan.left_older:,} organisations and days before are read by later runs, some each"
            )


def _organisations(progress: Progress, reader: UsageReader) -> Organisations:
    products = {uuid: {reader.product(licence) for licence in read.licences} for uuid, read in progress.reads.items()}
    return Organisations(
        meetings=frozenset(uuid for uuid, found in products.items() if MEETINGS in found),
        calls=frozenset(uuid for uuid, found in products.items() if CALLING in found),
        unread=frozenset(progress.failed.keys() - progress.reads.keys()),
    )

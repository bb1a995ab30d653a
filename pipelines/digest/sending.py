"""Sends the digest of a week to each recipient once, whoever else sends meanwhile, and whatever fails on the way.

A letter is claimed in the home folder's log, handed over, and noted as sent. So a process that is killed between the
two leaves a claim: such a letter may have arrived, and is sent again only where somebody asks for that. What the mail
server did not take is given back, and goes out with the next call.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from pipelines.base_settings import SettingsError
from pipelines.digest.addressing import Addressed, address_all
from pipelines.digest.composing import compose
from pipelines.digest.recipients import Recipient, read_recipients
from pipelines.digest.rendering import as_html, as_text, subject
from pipelines.mailing.letters import Letter
from pipelines.mailing.post import MailError, MailServerError, Post
from pipelines.mailing.server import MailServer
from pipelines.settings import Settings
from storage import clock
from storage.digests import DigestLog, SentDigests, week_of
from storage.files.locks import exclusive
from storage.reading.opening import PublishedMarts

_KILLED = "an earlier call was ended while it sent the letter, which may have arrived; --again sends it"


@dataclass(frozen=True)
class Prepared:
    """The letters of a week, written while the publication was open."""

    week: str
    letters: Sequence[tuple[Recipient, Letter]]
    sent_before: Sequence[Recipient]
    """Who had it already."""
    problems: Sequence[str]
    """Lines of the file that can't be used, and why."""
    notes: Sequence[str]
    """Lines to which there is nothing to send, and why."""


@dataclass
class Outcome:
    """How sending a week's digest went: recipients by their lines, and why some got nothing."""

    week: str
    sent: list[str] = field(default_factory=list)
    sent_before: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    """With the cause of each."""

    @property
    def failed_all(self) -> bool:
        """Whether nobody has the week's digest."""
        return bool(self.failed) and not self.sent and not self.sent_before


def prepare_digests(
    settings: Settings,
    marts: PublishedMarts,
    days: Mapping[str, date],
    owners: Collection[str] = (),
    partner: str | None = None,
) -> Prepared:
    """Write the letters to those who have not had the week's digest; nothing is sent.

    Args:
        days: the as-of date of each partner; the week is that of the newest.
        owners: only to the recipients that are named with these; to all when empty.
        partner: only the letters that are about this partner alone; all when None.

    Raises:
        SettingsError: the file of recipients is not set, or can't be read.
    """
    week = week_of(max(days.values()))
    addressed, problems = _addressed(settings, marts, days, owners)
    if partner is not None:
        addressed = [_about(partner, one) for one in addressed if one.recipient.partner in ("", partner)]
    sent = _known(settings, week).sent
    getting = [one for one in addressed if one.days]
    return Prepared(
        week,
        [(one.recipient, _letter(marts, one, week)) for one in getting if one.recipient.key not in sent],
        [one.recipient for one in getting if one.recipient.key in sent],
        [*problems, *(one.problem for one in addressed if one.problem)],
        [one.note for one in addressed if one.note],
    )


def count_waiting(settings: Settings, marts: PublishedMarts, days: Mapping[str, date]) -> int:
    """To how many recipients a call would hand a letter over now; where nobody is right, how many lines are wrong.

    Raises:
        SettingsError: as of `prepare_digests`.
    """
    known = _known(settings, week_of(max(days.values())))
    addressed, problems = _addressed(settings, marts, days, ())
    getting = [one for one in addressed if one.days]
    if not getting:
        return len([*problems, *(one for one in addressed if one.problem)])
    return len([one for one in getting if one.recipient.key not in known.sent | known.claimed])


def send_prepared(
    settings: Settings,
    server: MailServer,
    prepared: Prepared,
    *,
    again: bool = False,
    on_wait: Callable[[str], None] = lambda message: None,
) -> Outcome:
    """Send the letters to those who have not had the week's digest, by whomever.

    Args:
        again: also where an earlier call was killed while it handed the letter over.

    Raises:
        StorageError: what was sent can't be noted; nothing more is sent.
    """
    outcome = Outcome(prepared.week, [], [one.name for one in prepared.sent_before], list(prepared.problems))
    with exclusive(settings.folders.digest_lock, on_wait), DigestLog(settings.folders.digests) as log:
        known = log.of_week(prepared.week)  # the lock is held: whoever claimed a letter is gone
        waiting = []
        for recipient, letter in prepared.letters:
            if recipient.key in known.sent:
                outcome.sent_before.append(recipient.name)
            elif recipient.key in known.claimed and not again:
                outcome.failed.append(f"{recipient.name}: {_KILLED}")
            else:
                waiting.append((recipient, letter))
        with Post(server) as post:
            _send_all(log, post, outcome, waiting)
    return outcome


def _addressed(
    settings: Settings, marts: PublishedMarts, days: Mapping[str, date], owners: Collection[str]
) -> tuple[list[Addressed], Sequence[str]]:
    """Who gets what, and the lines of the file that can't be read."""
    if settings.digest_recipients is None:
        raise SettingsError("PORTFOLIO_DIGEST_RECIPIENTS is not set: it names the CSV file of who gets the digest")
    given = read_recipients(settings.digest_recipients)
    return address_all(marts, days, [one for one in given.recipients if not owners or one.owner in owners]), (
        given.problems
    )


def _about(partner: str, one: Addressed) -> Addressed:
    """The same where the letter is about this partner alone: a part of one would be all that is sent of the week."""
    if set(one.days) <= {partner}:
        return one
    several = f"{one.recipient.name}: its letter is about {len(one.days)} partners; --send without --partner sends it"
    return replace(one, days={}, note=several if partner in one.days else "")


def _known(settings: Settings, week: str) -> SentDigests:
    if not settings.folders.digests.exists():
        return SentDigests(frozenset(), frozenset())
    with DigestLog(settings.folders.digests, "look") as log:
        return log.of_week(week)


def _send_all(log: DigestLog, post: Post, outcome: Outcome, waiting: Sequence[tuple[Recipient, Letter]]) -> None:
    for number, (recipient, letter) in enumerate(waiting):
        log.claim(outcome.week, recipient.key, clock.now())
        try:
            post.send(letter, clock.now())
        except MailError as error:
            log.give_back(outcome.week, recipient.key)
            outcome.failed.append(f"{recipient.name}: {error}")
            if isinstance(error, MailServerError):
                outcome.failed += [f"{later.name}: not tried" for later, _ in waiting[number + 1 :]]
                return
        else:
            log.sent(outcome.week, recipient.key, clock.now())
            outcome.sent.append(recipient.name)


def _letter(marts: PublishedMarts, one: Addressed, week: str) -> Letter:
    recipient = one.recipient
    digest = compose(marts, one.days, [recipient.owner] if recipient.owner else [])
    return Letter(
        recipient.email,
        subject(digest, recipient.partner),
        as_text(digest),
        as_html(digest),
        mark=f"{week}.{recipient.key[:24]}",
        series="digest",
    )

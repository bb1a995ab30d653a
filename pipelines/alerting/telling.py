"""Tells what alert rules are about: each fact once to whoever listens, and one message a rule and day at most.

A message is sent, and then noted. So a process that is killed between the two has the same facts told again, rather
than never. What could not be sent is tried at the next look.
"""

import hashlib
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

from pipelines.alerting.facts import Fact, facts_of, is_about, unknown_names
from pipelines.alerting.rules import ACTIONS, AlertRules, Rule, load_rules
from pipelines.alerting.webhook import Message, Webhook, WebhookAnswerError, WebhookError, guess_kind, post
from pipelines.base_settings import SettingsError
from pipelines.final_days import final_days
from pipelines.mailing.letters import Letter
from pipelines.mailing.post import MailError, MailServerError, Post
from pipelines.mailing.server import mail_server
from pipelines.settings import Settings
from storage import clock
from storage.files.locks import exclusive
from storage.reading.opening import NothingPublishedError, PublishedMarts, open_publication
from storage.told_facts import ToldFacts

SECONDS = 5.0
"""That the webhook may take for a message."""
MAIL_SECONDS = 10.0
"""That the mail server may."""
_MOST_LINES = 20


@dataclass(frozen=True)
class Listener:
    """Whom a rule tells: the webhook, or an address."""

    rule: Rule
    address: str = field(default="", repr=False)
    """Empty for the webhook."""
    number: int = 0
    """Its place among the rule's addresses, by which reports call it."""

    @property
    def where(self) -> str:
        """Where it is, without its address."""
        return f"by e-mail to address {self.number}" if self.address else "to the webhook"

    @property
    def key(self) -> str:
        """A hash that stands for the two."""
        return hashlib.sha256(f"{self.rule.name}\n{self.address.casefold()}".encode()).hexdigest()


@dataclass(frozen=True)
class News:
    """What a listener would be told now."""

    listener: Listener
    facts: Sequence[Fact]
    why_not: str = ""
    """Why it is not told today, where it is not."""
    unknown: Sequence[str] = ()
    """What its rule's filters name and nobody has, a line each; where it is looked for."""

    @property
    def message(self) -> Message:
        """The message, with a line for each fact; many of them end with how many more there are."""
        count, lines = len(self.facts), tuple(fact.line for fact in self.facts[:_MOST_LINES])
        newest = max(fact.day for fact in self.facts)
        title = f"portfolio: {self.listener.rule.name}: {count:,} new, data as of {newest}"
        return Message(title, lines, count - len(lines), _where_all_are(self.facts))


def tell(settings: Settings) -> str:
    """Tell each listener what is new to it.

    Returns:
        A line for who waits, when something could not be looked at or sent; empty otherwise.
    """
    if settings.alert_rules is None:
        return ""
    rules = load_rules(settings.alert_rules)
    facts = _facts(settings)
    if not facts:
        return ""
    troubles: list[str] = []
    send = _Sending(settings)
    with exclusive(settings.folders.telling_lock), ToldFacts(settings.folders.told_facts) as told:
        for listener in _listeners(rules):
            about = [fact for fact in facts if is_about(listener.rule, fact)]
            _note_seen(told, listener, about)
            news = _news(told, listener, about)
            if not news.facts or news.why_not:
                continue
            try:
                send(news)
            except (MailError, SettingsError, WebhookError) as error:
                troubles.append(f"rule {listener.rule.name} was not told {listener.where}: {error}")
                continue
            for day in {fact.day for fact in news.facts}:
                keys = [fact.key for fact in news.facts if fact.day == day]
                told.told(listener.key, keys, day, clock.today())
    return "; ".join(dict.fromkeys(troubles))


def preview(settings: Settings) -> list[News]:
    """What `tell` would send now, and what it would not; nothing is sent or noted.

    Raises:
        SettingsError: there is no file of rules.
        MappingError: it can't be used.
        StorageError: the publication can't be read.
    """
    if settings.alert_rules is None:
        raise SettingsError("PORTFOLIO_ALERT_RULES is not set: it names the YAML file of what to tell, and to whom")
    rules = load_rules(settings.alert_rules)
    facts, unknown = _facts(settings), _unknown(settings, rules)
    with _told(settings) as told:
        return [
            replace(
                _news(told, listener, [fact for fact in facts if is_about(listener.rule, fact)]),
                unknown=unknown.get(listener.rule.name, ()),
            )
            for listener in _listeners(rules)
        ]


def _facts(settings: Settings) -> list[Fact]:
    """The facts of each partner's newest final day; none where nothing is published."""
    try:
        with open_publication(settings.folders.serving.path) as marts:
            return facts_of(marts, _days(settings, marts))
    except NothingPublishedError:
        return []


def _unknown(settings: Settings, rules: AlertRules) -> dict[str, list[str]]:
    """By rule, what its filters name and nobody has; nothing where nothing is published."""
    try:
        with open_publication(settings.folders.serving.path) as marts:
            days = _days(settings, marts)
            return {rule.name: list(unknown_names(marts, days, rule)) for rule in rules.rules}
    except NothingPublishedError:
        return {}


def _days(settings: Settings, marts: PublishedMarts) -> dict[str, date]:
    newest = marts.newest_days()
    return final_days(settings, marts, max(newest.values())) if newest else {}


def _told(settings: Settings) -> AbstractContextManager[ToldFacts | None]:
    """What was told; None where nothing ever was: to look does not make the file."""
    path = settings.folders.told_facts
    return ToldFacts(path, "look") if path.exists() else nullcontext()


def _listeners(rules: AlertRules) -> list[Listener]:
    found = []
    for rule in rules.rules:
        by_mail = rules.channel_of(rule) == "email"
        addresses = dict.fromkeys(rules.addresses_of(rule) if by_mail else ("",))
        found += [Listener(rule, address, number) for number, address in enumerate(addresses, 1)]
    return found


def _news(told: ToldFacts | None, listener: Listener, facts: Sequence[Fact]) -> News:
    days = {fact.day for fact in facts}
    known: dict[date, set[str]] = {day: told.known(listener.key, day) if told else set() for day in days}
    new = list({fact.key: fact for fact in facts if fact.key not in known[fact.day]}.values())
    today, until = clock.today(), listener.rule.snooze_until
    if until is not None and today < until:
        return News(listener, new, f"snoozed until {until}")
    if told and told.had_message(listener.key, today):
        return News(listener, new, "had its message of today")
    return News(listener, new)


def _note_seen(told: ToldFacts, listener: Listener, facts: Sequence[Fact]) -> None:
    """What is known and still there stays known."""
    for day in {fact.day for fact in facts}:
        known = told.known(listener.key, day)
        told.seen(listener.key, [fact.key for fact in facts if fact.day == day and fact.key in known], day)


def _where_all_are(facts: Sequence[Fact]) -> str:
    sections = sorted({"actions" if fact.kind in ACTIONS else "changes" for fact in facts})
    commands = " and ".join(f"portfolio show {section} --limit 0" for section in sections)
    return f"{commands} {'show' if len(sections) > 1 else 'shows'} them"


class _Sending:
    """Sends messages to webhook and mail server; one that can't be reached is not tried again in the same look."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._down: dict[bool, Exception] = {}

    def __call__(self, news: News) -> None:
        by_mail = bool(news.listener.address)
        if by_mail in self._down:
            raise self._down[by_mail]
        send: Callable[[News], None] = self._mail if by_mail else self._post
        try:
            send(news)
        except (MailServerError, WebhookError) as error:
            if not isinstance(error, WebhookAnswerError):
                self._down[by_mail] = error
            raise

    def _post(self, news: News) -> None:
        address = self._settings.alert_webhook
        if address is None:
            raise SettingsError("PORTFOLIO_ALERT_WEBHOOK is not set")
        kind = self._settings.alert_kind or guess_kind(address.get_secret_value())
        post(Webhook(address, kind), news.message, SECONDS)

    def _mail(self, news: News) -> None:
        message = news.message
        facts = hashlib.sha256("".join(sorted(fact.key for fact in news.facts)).encode()).hexdigest()
        letter = Letter(
            news.listener.address,
            message.title,
            "\n".join([message.title, "", *message.lines, ""]),
            None,
            mark=f"{news.listener.key[:16]}.{facts[:16]}",
            series="alerts",
        )
        with Post(mail_server(self._settings), MAIL_SECONDS) as way:
            way.send(letter, datetime.now(UTC))

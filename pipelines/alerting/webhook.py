"""Posting to incoming webhooks of Slack, Microsoft Teams and Webex, or to anything that takes JSON.

The address is a secret: whoever has it can post. It is in no message, error or log of ours; that is why the standard
library posts, since HTTP clients that log what they ask for would write it down.
"""

import json
import re
from dataclasses import dataclass
from http.client import HTTPException
from threading import Thread
from typing import Any, Literal
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from pydantic import SecretStr

WebhookKind = Literal["slack", "teams", "webex", "json"]

_HOSTS: dict[str, WebhookKind] = {
    "slack.com": "slack",
    "webexapis.com": "webex",
    "webex.com": "webex",
    "webhook.office.com": "teams",
    "logic.azure.com": "teams",
    "powerplatform.com": "teams",
    "powerautomate.com": "teams",
}
_MOST_BYTES = 6000
"""Of text: Webex takes 7439 bytes, Teams 28 KB, Slack 40,000 characters."""


@dataclass(frozen=True)
class Message:
    """A title and lines of plain text, perhaps the first ones of many."""

    title: str
    said: tuple[str, ...]
    more: int = 0
    """How many lines there are that it does not say."""
    where: str = "portfolio status shows them"
    """Who looks for all of them finds them there."""

    @property
    def lines(self) -> tuple[str, ...]:
        """What it says, and how many more there are."""
        return self.first(len(self.said))

    def first(self, count: int) -> tuple[str, ...]:
        """Its first lines alone, and how many more there are then."""
        more = self.more + len(self.said) - count
        return (*self.said[:count], f"and {more:,} more; {self.where}") if more else self.said


@dataclass(frozen=True)
class Webhook:
    """Where to post, and in which format."""

    address: SecretStr
    kind: WebhookKind


class WebhookError(Exception):
    """Why a message did not arrive, in a few words that don't hold the address."""


class WebhookAnswerError(WebhookError):
    """It answered, and did not accept this message."""


def guess_kind(address: str) -> WebhookKind:
    """The format that the address's host takes; plain JSON for a host that is none of the three products'."""
    host = urlsplit(address).hostname or ""
    return next((kind for end, kind in _HOSTS.items() if host == end or host.endswith(f".{end}")), "json")


def payload(kind: WebhookKind, message: Message) -> dict[str, Any]:
    """The message in the format of a product; text is escaped, so that nothing in it is taken for markup."""
    lines = _fitting(message)
    if kind == "slack":
        return {"text": _slack("\n".join([message.title, *(f"• {line}" for line in lines)])), "mrkdwn": False}
    if kind == "webex":
        return {"markdown": "\n".join([f"**{_markdown(message.title)}**", "", *(f"- {_markdown(x)}" for x in lines)])}
    if kind == "teams":
        blocks = [{"type": "TextBlock", "text": _markdown(message.title), "weight": "Bolder", "wrap": True}]
        blocks += [{"type": "TextBlock", "text": _markdown(x), "wrap": True, "spacing": "Small"} for x in lines]
        card = {
            "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
            "type": "AdaptiveCard",
            "version": "1.4",
            "body": blocks,
        }
        attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
        return {"type": "message", "attachments": [attachment]}
    return {"title": message.title, "lines": list(lines)}


def post(webhook: Webhook, message: Message, seconds: float) -> None:
    """Post a message, and wait for the answer no longer than `seconds`, whatever the server does meanwhile.

    Raises:
        WebhookError: it was not accepted, or not in time; it may arrive still.
    """
    body = json.dumps(payload(webhook.kind, message)).encode()
    problems: list[WebhookError] = [WebhookError("it does not answer")]
    # A socket's timeout starts anew with each byte, and none covers the name's resolution.
    thread = Thread(target=_post, args=(webhook.address, body, seconds, problems), daemon=True)
    thread.start()
    thread.join(seconds)
    if problems:
        raise problems[-1]


class _NoRedirect(HTTPRedirectHandler):
    """An address that leads elsewhere is wrong: following it would turn the POST into a GET."""

    def redirect_request(self, *_: Any) -> None:
        return None


def _post(address: SecretStr, body: bytes, seconds: float, problems: list[WebhookError]) -> None:
    headers = {"Content-Type": "application/json", "User-Agent": "partner-portfolio"}
    request = Request(address.get_secret_value(), data=body, headers=headers, method="POST")  # noqa: S310  http(s) alone
    try:
        with build_opener(_NoRedirect()).open(request, timeout=seconds):
            problems.clear()
    except HTTPError as error:
        problems.append(WebhookAnswerError(f"it answered {error.code}"))
    except URLError as error:
        if not isinstance(error.reason, TimeoutError):
            reason = getattr(error.reason, "strerror", None) or "no connection"
            problems.append(WebhookError(f"it cannot be reached: {reason}"))
    except TimeoutError:
        return
    except (OSError, HTTPException, ValueError):
        problems.append(WebhookError("it cannot be reached: no proper answer"))


def _fitting(message: Message) -> tuple[str, ...]:
    """The first lines that fit, and how many more there are."""
    size = 0
    for position, line in enumerate(message.said):
        size += len(_markdown(line).encode()) + 3
        if size > _MOST_BYTES:
            return message.first(position)
    return message.lines


def _slack(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _markdown(text: str) -> str:
    return re.sub(r"([\\`*_\[\]<>#~|])", r"\\\1", text)

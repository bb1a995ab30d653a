"""Writes a digest: a page for mail programs, text for terminals, JSON for programs."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from functools import cache
from typing import Any

import jinja2

from pipelines.digest import wording
from pipelines.digest.contents import FIGURES, Block, Digest

MOST_BYTES = 100_000
"""Of a page: mail programs cut longer ones off, Gmail at 102 KB."""
_ROWS = ((10, 3), (5, 2), (2, 1), (0, 0))
"""Rows that a list may have, and each action; the first pair with which the page is short enough is taken."""
_ACTION = (
    *("product", "subscription_id", "customer_id", "customer_name", "subscription_label", "owner", "segment"),
    *("action", "also", "due_date", "licenses", "currency", "value_12m", "probability_over_limit_90d"),
)


def as_html(digest: Digest) -> str:
    """One page that stands alone: tables with their styles in them, no script, nothing to be fetched.

    Longer tables say how many rows they leave out; and where that is not enough, the page how many partners.
    """
    shown = len(digest.blocks)
    for rows, each in _ROWS:
        page = _render("page.html", digest, digest.blocks, rows, each)
        if len(page.encode()) <= MOST_BYTES:
            return page
    while len(page.encode()) > MOST_BYTES and shown > 1:
        shown = min(shown - 1, shown * MOST_BYTES // len(page.encode()))
        page = _render("page.html", digest, digest.blocks[: max(shown, 1)], 0, 0)
    return page


def as_text(digest: Digest) -> str:
    """The same as plain text of short lines; no letter in it moves a terminal's cursor."""
    return _render("text.txt", digest, digest.blocks, *_ROWS[0])


def as_json(digest: Digest) -> str:
    """Every row, with the marts' own names; what a terminal would act on is escaped. docs/digest.md describes it."""
    held = {
        "as_of_date": digest.day,
        "week": digest.week,
        "owners": list(digest.owners),
        "partners": [_json_block(block) for block in digest.blocks],
    }
    text = json.dumps(held, indent=2, ensure_ascii=False, default=_json_value) + "\n"
    return "".join(letter if letter == "\n" or letter.isprintable() else json.dumps(letter)[1:-1] for letter in text)


def subject(digest: Digest, partner: str) -> str:
    """The subject of a letter.

    Args:
        partner: named where the letter is about one of several; empty otherwise.
    """
    whose = ", ".join(digest.owners)
    about = " and ".join(name for name in (whose, f"partner {partner}" if partner else "") if name)
    return f"{wording.title(digest.week)}{f': {about}' if about else ''}"


def _json_block(block: Block) -> dict[str, Any]:
    figures = [
        {"name": one.name, "value": one.value, "week_ago": one.week_ago, "change": one.change} for one in block.figures
    ]
    return {
        "partner_id": block.partner,
        "as_of_date": block.day,
        "provisional": block.is_provisional,
        "notes": list(block.notes),
        "figures": figures,
        "money": [asdict(one) | {"change_12m": one.change_12m} for one in block.money],
        "unpriced_subscriptions": block.unpriced_subscriptions,
        "forecast_skill": block.skill,
        "actions": [{name: row[name] for name in _ACTION} for row in block.actions],
        "new_on_lists": block.new_on_lists,
        "outcomes": block.outcomes,
        "unpublished_days": list(block.unpublished_days),
    }


def _json_value(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(type(value).__name__)


def _render(template: str, digest: Digest, blocks: Sequence[Block], rows: int, each: int) -> str:
    return (
        _templates()
        .get_template(template)
        .render(digest=digest, blocks=blocks, rows=rows, each=each, title=wording.title(digest.week), figures=FIGURES)
    )


@cache
def _templates() -> jinja2.Environment:
    """The templates; what is put into a page is escaped, whatever it is called."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("pipelines.digest"),
        autoescape=jinja2.select_autoescape(["html"]),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters.update(wording.FILTERS)
    environment.globals["facts_of_action"] = wording.facts_of_action
    environment.globals["no_outcome"] = wording.no_outcome
    environment.globals["by_action"] = wording.by_action
    environment.globals["actions"] = wording.ACTIONS
    return environment

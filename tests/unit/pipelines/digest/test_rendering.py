"""A digest as a page, as text and as JSON: what is said, what is escaped, and that mail programs show all of it."""

import json
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.digest import rendering
from pipelines.digest.composing import compose
from pipelines.digest.contents import Block, Digest, Figure, Money
from pipelines.digest.rendering import as_html, as_json, as_text, subject

from .conftest import HOSTILE, SUNDAY, marts, whole_week

SHOWN = '<b onclick="x()">Añil & Söhne</b>�[31m�'
VOID = {"meta", "br", "img"}


class Page(HTMLParser):
    """Tags with their attributes, and the text; a tag that is not closed is an error."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.words, self._open = [], [], []
        self.feed(text)
        self.close()
        assert self._open == []
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


@pytest.fixture
def digest(publish):
    return compose(publish(marts()), {"acme": SUNDAY})


def test_a_page_says_who_what_and_how_much(digest):
    text = Page(as_html(digest)).text
    assert (
        "Portfolio, week 12 of 2026" in text
        and "Data as of 22 Mar 2026, partner acme; changes since 15 Mar 2026" in text
    )
    assert f"{SHOWN} Meetings, S1 · Ann 2 licences, EUR 240 a year, also: offer more licences due now" in text
    assert "Gone Inc Meetings, S3 · Ann lost at its end 7 → 0 licences, 10 Mar 2026" in text
    assert "over the limit" in text and "EUR 1,200 +200" in text and "USD 500 = 500 50" in text
    assert "1 subscription has licences without a price" in text


def test_no_name_becomes_markup_and_nothing_is_fetched_or_run(digest):
    page = Page(as_html(digest))
    allowed = {"html", "head", "meta", "title", "body", "table", "tr", "td", "span", "strong", "br"}
    assert {tag for tag, _ in page.tags} == allowed
    names = {name for _, attributes in page.tags for name in attributes}
    assert not names & {"src", "href", "background", "onclick", "class", "id"}
    assert "url(" not in as_html(digest) and "@import" not in as_html(digest)
    assert HOSTILE not in as_html(digest)


def test_every_colour_of_text_has_its_ground(digest):
    for tag, attributes in Page(as_html(digest)).tags:
        style = attributes.get("style") or ""
        parts = {part.partition(":")[0] for part in style.split(";") if part}
        assert "color" not in parts or "background-color" in parts, (tag, style)


@pytest.mark.parametrize(
    ("skill", "said"),
    [
        (None, "38% likely over the limit in 90 days (no better than the base rate)"),
        (0.0, "38% likely over the limit in 90 days (forecast skill +0.000, no better than the base rate)"),
        (-0.1, "38% likely over the limit in 90 days (forecast skill −0.100, no better than the base rate)"),  # noqa: RUF001
        (0.01, "38% likely over the limit in 90 days (forecast skill +0.010)"),
    ],
)
@pytest.mark.parametrize("write", [as_html, as_text])
def test_a_probability_says_where_it_is_worth_nothing(digest, skill, said, write):
    (block,) = digest.blocks
    text = write(replace(digest, blocks=[replace(block, skill=skill)]))
    assert said in text
    assert ("no better than the base rate" in text) is ("no better" in said)


def test_text_has_no_letter_that_a_terminal_acts_on(digest):
    text = as_text(digest)
    assert all(letter.isprintable() or letter == "\n" for letter in text)
    assert "         2       −1  customers with licences" in text  # noqa: RUF001
    assert f"    {SHOWN}, due now\n      Meetings, S1, Ann\n      2 licences, EUR 240 a year" in text
    assert "  EUR          1,200         +200              –            –" in text  # noqa: RUF001


def test_json_has_every_row_as_it_was_delivered(digest):
    text = as_json(digest)
    assert all(letter.isprintable() or letter == "\n" for letter in text)
    held = json.loads(text)
    assert (held["as_of_date"], held["week"], held["owners"]) == ("2026-03-22", "2026-W12", [])
    (block,) = held["partners"]
    assert block["figures"][2] == {"name": "total_licenses", "value": 30, "week_ago": 37, "change": -7}
    assert block["actions"][0]["customer_name"] == HOSTILE
    assert block["actions"][1]["probability_over_limit_90d"] == 0.375
    assert block["new_on_lists"][0]["lists"] == ["over_limit"]
    assert block["outcomes"][0]["changed_on"] == "2026-03-10"
    assert block["money"][0] == {
        "currency": "EUR",
        "value_12m": 1200.0,
        "week_ago_12m": 1000.0,
        "to_decide_12m": None,
        "avoidable_12m": None,
        "change_12m": 200.0,
    }


def test_an_empty_portfolio_has_a_page_too(publish):
    rows = {mart: [] for mart in marts()}
    digest = compose(publish(whole_week(rows)), {"acme": SUNDAY})
    text = Page(as_html(digest)).text
    for said in ("Nothing: no rule holds", "Nothing new.", "No subscription was renewed", "There are no prices"):
        assert said in text
    assert "Nothing: no rule holds" in as_text(digest)
    assert json.loads(as_json(digest))["partners"][0]["money"] == []


def test_where_a_day_of_the_week_is_not_published_nobody_is_told_that_nothing_was_decided(publish):
    rows = whole_week({mart: [] for mart in marts()}, but=[SUNDAY - timedelta(days=6)])
    digest = compose(publish(rows), {"acme": SUNDAY})
    for text in (Page(as_html(digest)).text, as_text(digest), as_json(digest)):
        assert "2026-03-16 is not published" in text
        assert "No subscription was renewed" not in text
    for text in (Page(as_html(digest)).text, as_text(digest)):
        assert "Nothing was told on the days of the week that are published." in text
    assert json.loads(as_json(digest))["partners"][0]["unpublished_days"] == ["2026-03-16"]


@pytest.mark.parametrize("times", [0, 1, 400])
@pytest.mark.parametrize("has_money", [True, False])
def test_parts_of_a_text_are_one_blank_line_apart(digest, times, has_money):
    (block,) = digest.blocks
    filled = replace(
        block,
        actions=[*block.actions] * times,
        new_on_lists=[*block.new_on_lists] * times,
        outcomes=[*block.outcomes] * times,
        money=block.money if has_money else [],
    )
    text = as_text(replace(digest, blocks=[filled, replace(filled, new_on_lists=None)]))
    assert "\n\n\n" not in text
    for heading in ("What to do first", "New on the lists", "Decided this week", *(["Money of"] if has_money else [])):
        assert text.count(f"\n\n{heading}") == 2
    assert text.endswith("\n") and not text.endswith("\n\n")


def test_a_subject_names_owner_and_partner_where_there_are_several(digest):
    assert subject(digest, "") == "Portfolio, week 12 of 2026"
    assert subject(replace(digest, owners=("Ann",)), "acme") == "Portfolio, week 12 of 2026: Ann and partner acme"


NAMES = st.text(min_size=1, max_size=300)


@st.composite
def blocks(draw):
    name, owner = draw(NAMES), draw(st.none() | NAMES)
    listed = {
        "product": "meetings",
        "subscription_id": draw(NAMES),
        "subscription_label": draw(NAMES),
        "customer_id": "c",
        "customer_name": name,
        "owner": owner,
        "segment": None,
        "end_date": None,
        "lists": ["worklist", "expiring"],
    }
    action = {
        "action": "renew",
        "also": None,
        "due_date": None,
        "licenses": 10**30,
        "currency": None,
        "value_12m": None,
    }
    decided = {"outcome": "lost", "changed_on": SUNDAY, "total_licenses": 1, "licenses_after": 0}
    count = draw(st.sampled_from([0, 1, 400]))
    return Block(
        partner=draw(NAMES),
        day=SUNDAY,
        week_ago=None,
        is_provisional=draw(st.booleans()),
        notes=[],
        figures=[Figure("customers", None, None)] * 12,
        money=[Money("EUR", 1e300, None, 1.0, None)],
        unpriced_subscriptions=2,
        actions=[listed | action | {"probability_over_limit_90d": None}] * count,
        skill=None,
        new_on_lists=[listed] * count,
        outcomes=[listed | decided] * count,
    )


@settings(max_examples=8, deadline=None)
@given(st.lists(blocks(), min_size=1, max_size=2), st.sampled_from([1, 30]))
def test_a_page_is_whole_and_never_longer_than_mail_programs_show(parts, times):
    digest = Digest(SUNDAY, (), parts * times)
    page = as_html(digest)
    assert len(page.encode()) <= rendering.MOST_BYTES
    assert {tag for tag, _ in Page(page).tags} <= {
        *("html", "head", "meta", "title", "body", "table", "tr", "td", "span", "strong", "br"),
    }
    assert all(letter.isprintable() or letter == "\n" for letter in as_text(digest))
    if times > 1:
        assert (
            "more partners: portfolio digest --partner shows each" in page
            or page.count("Data as of") == len(parts) * 30
        )

"""Changes and actions of a partner's as-of date, with what alert rules choose them by: terms, money and size."""

from datetime import date, timedelta

from expectations.sql_text import sql_text
from expectations.windows import WEEKLY_CHANGE_DAYS
from storage.reading.opening import PublishedMarts, Row

_KEY = "partner_id, product, subscription_id"
_NAMES = "customer_id, customer_name, subscription_label"


def changed_positions(marts: PublishedMarts, partner: str, day: date) -> list[Row]:
    """What changed within the week; of a position that is gone, terms and size are those of the week before.

    Raises:
        StorageError: an earlier version published this, without the marts.
    """
    marts.require("portfolio_changes")
    names = ", ".join(f"changes.{name}" for name in _NAMES.split(", "))
    week_ago = day - timedelta(days=WEEKLY_CHANGE_DAYS)
    return _rows(
        marts,
        f"""
        select {_KEY}, {names}, changes.owner, changes.change as kind, changes.old_value, changes.new_value,
            {_of_position("changes.change = 'removed'")}
        from marts.portfolio_changes as changes
        left join (from marts.license_positions where as_of_date = date '{day}') as now using ({_KEY})
        left join (from marts.license_positions where as_of_date = date '{week_ago}') as before
            using ({_KEY})
        where changes.partner_id = {sql_text(partner)} and changes.as_of_date = date '{day}'
        order by changes.customer_name, {_KEY}, changes.change
        """,
    )


def positions_to_act_on(marts: PublishedMarts, partner: str, day: date) -> list[Row]:
    """What is to be done, in the order of its rules; errors as of `changed_positions`."""
    marts.require("next_actions")
    names = ", ".join(f"actions.{name}" for name in _NAMES.split(", "))
    return _rows(
        marts,
        f"""
        select {_KEY}, {names}, actions.owner, actions.action as kind, actions.also, actions.due_date,
            actions.licenses, actions.currency, actions.value_12m, {_of_position("false")}
        from marts.next_actions as actions
        left join (from marts.license_positions where as_of_date = date '{day}') as now using ({_KEY})
        left join (from marts.license_positions where false) as before using ({_KEY})
        where actions.partner_id = {sql_text(partner)} and actions.as_of_date = date '{day}'
        order by actions.priority, actions.due_date nulls last, actions.licenses desc nulls last,
            actions.customer_name, {_KEY}
        """,
    )


def _of_position(is_gone: str) -> str:
    """The position's own columns, of the day before where it is gone."""
    columns = {
        "segment": "segment",
        "auto_renew": "auto_renew",
        "start_date": "start_date",
        "end_date": "end_date",
        "total_licenses": "total_licenses",
        "currency": "position_currency",
        "value_12m": "position_value",
    }
    return ", ".join(
        f"case when {is_gone} then before.{name} else now.{name} end as {called}" for name, called in columns.items()
    )


def _rows(marts: PublishedMarts, query: str) -> list[Row]:
    found = marts.connection.execute(query)
    columns = [column[0] for column in found.description or ()]
    return [dict(zip(columns, row, strict=True)) for row in found.fetchall()]

"""Which rows of the lake name somebody, as SQL, and what stands in their place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from expectations.contract import Dataset
from expectations.sql_text import sql_text


class ErasedRows(Protocol):
    """Somebody whose rows in the lake are changed or removed."""

    @property
    def removes(self) -> bool:
        """Whether the rows go; otherwise they stay, with other values."""

    def accepted(self, dataset: Dataset) -> str | None:
        """A condition on accepted rows; None when the dataset can't name them."""

    def quarantined(self, dataset: Dataset) -> str | None:
        """A condition on quarantined rows; None when the dataset can't name them."""

    def values(self, dataset: Dataset) -> Sequence[str]:
        """The contract's columns, as they are stored from now on."""

    def raw_row(self, dataset: Dataset) -> str:
        """The column raw_row of quarantined rows, as it is stored from now on."""


@dataclass(frozen=True)
class HolderKeys:
    """Licence holders: the key of each by what it is now, of one partner or of all."""

    keys: Mapping[int, int]
    partner: str | None = None

    @property
    def removes(self) -> bool:
        """Every row stays."""
        return False

    def accepted(self, dataset: Dataset) -> str | None:
        """Rows that hold one of the keys."""
        if not dataset.personal_columns:
            return None
        return f"user_id in ({', '.join(map(str, self.keys))}){self._of_partner('partner_id')}"

    def quarantined(self, dataset: Dataset) -> str | None:
        """Raw rows with one of the keys; a record whose fields are not told apart may be any partner's."""
        if not dataset.personal_columns:
            return None
        found = " or ".join(f"contains(raw_row, '\"{key}\"')" for key in self.keys)
        of_partner = self._of_partner("json_extract_string(raw_row, '$.partner_id')")
        return f"({found}) and (starts_with(raw_row, '[') or (true{of_partner}))"

    def values(self, dataset: Dataset) -> Sequence[str]:
        """A key's rows get the new one."""
        return [self._new_key(dataset) if name in dataset.personal_columns else name for name in dataset.column_names]

    def raw_row(self, dataset: Dataset) -> str:
        """The keys are replaced where they stand as texts."""
        replaced = "raw_row"
        for key, new in self.keys.items():
            replaced = f"replace({replaced}, '\"{key}\"', '\"{new}\"')"
        return f"case when {self.quarantined(dataset) or 'false'} then {replaced} else raw_row end"

    def _new_key(self, dataset: Dataset) -> str:
        cases = " ".join(f"when {key} then {new}" for key, new in self.keys.items())
        return f"(case when {self.accepted(dataset)} then case user_id {cases} end else user_id end) as user_id"

    def _of_partner(self, column: str) -> str:
        return f" and {column} = {sql_text(self.partner)}" if self.partner is not None else ""


@dataclass(frozen=True)
class CustomerRows:
    """A customer of one partner or of all, and its subscriptions as (partner, subscription)."""

    customer_id: str
    hashed_id: int
    """What the id is where every field of a broken usage record is hashed."""
    partner: str | None = None
    subscriptions: frozenset[tuple[str, str]] = field(default_factory=frozenset)

    @property
    def removes(self) -> bool:
        """Every row goes."""
        return True

    def accepted(self, dataset: Dataset) -> str | None:
        """Rows of the customer, and licences and usage of its subscriptions."""
        return self.in_columns(owned=dataset.follows_subscription)

    def quarantined(self, dataset: Dataset) -> str | None:
        """The same in raw rows; where fields are not told apart, any field that is the customer's id."""
        in_raw_row = "json_extract_string(raw_row, '$.{}')".format
        test = self.in_columns(owned=dataset.follows_subscription, column=in_raw_row)
        anywhere = sql_text(str(self.hashed_id) if dataset.personal_columns else self.customer_id)
        in_list = f"list_contains(from_json(raw_row, '[\"varchar\"]'), {anywhere})"
        return f"case when starts_with(raw_row, '[') then {in_list} else coalesce({test}, false) end"

    def in_columns(self, *, owned: bool, column: "Column" = str) -> str:
        """The condition in SQL.

        Args:
            owned: rows of the customer's subscriptions, too, whatever customer they name.
            column: gives the SQL of a contract column by its name.
        """
        named = f"{column('customer_id')} = {sql_text(self.customer_id)}"
        if self.partner is not None:
            named = f"({named} and {column('partner_id')} = {sql_text(self.partner)})"
        if not (owned and self.subscriptions):
            return named
        pairs = ", ".join(f"({sql_text(partner)}, {sql_text(name)})" for partner, name in sorted(self.subscriptions))
        return f"({named} or ({column('partner_id')}, {column('subscription_id')}) in ({pairs}))"

    def values(self, dataset: Dataset) -> Sequence[str]:
        """Rows that stay are as they were."""
        return dataset.column_names

    def raw_row(self, dataset: Dataset) -> str:
        """Rows that stay are as they were."""
        return "raw_row"


class Column(Protocol):
    """Gives the SQL of a column by its name."""

    def __call__(self, name: str, /) -> str:
        """The SQL."""

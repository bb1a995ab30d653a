"""Which records of a landing file name a licence holder or a customer."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.compute

from expectations.contract import Dataset
from expectations.delivery import RECORD_NUMBER, DeliveredFile

pc: Any = pyarrow.compute  # made at run time; its stubs miss functions

_BETWEEN = "\x1f"


class Named(Protocol):
    """Somebody whose records are looked for."""

    @property
    def words(self) -> Collection[str]:
        """Texts of which each of the records holds at least one."""

    def concerns(self, dataset: Dataset) -> bool:
        """Whether the dataset's records can name them."""

    def in_rows(self, dataset: Dataset, rows: pa.Table) -> Any:
        """A mask over delivered rows of a dataset that can."""

    def in_fields(self, dataset: Dataset, fields: Sequence[str]) -> bool:
        """Whether a record with too many or too few fields names them: which field is which is unknown."""


@dataclass(frozen=True)
class NamedHolder:
    """A licence holder, of one partner or of all."""

    user_id: str
    partner: str | None = None

    @property
    def words(self) -> Collection[str]:
        """The user id."""
        return (self.user_id,)

    def concerns(self, dataset: Dataset) -> bool:
        """Usage alone knows licence holders."""
        return bool(dataset.personal_columns)

    def in_rows(self, dataset: Dataset, rows: pa.Table) -> Any:
        """Rows whose user_id it is, of the partner where one is given."""
        return _and_partner(pc.equal(rows.column("user_id"), self.user_id), rows, self.partner)

    def in_fields(self, dataset: Dataset, fields: Sequence[str]) -> bool:
        """Any field that is the user id, of whichever partner."""
        return self.user_id in fields


@dataclass(frozen=True)
class NamedCustomer:
    """A customer, of one partner or of all, and the subscriptions that are its own as (partner, subscription)."""

    customer_id: str
    partner: str | None = None
    subscriptions: frozenset[tuple[str, str]] = field(default_factory=frozenset)

    @property
    def words(self) -> Collection[str]:
        """The customer id, and those of the subscriptions."""
        return (self.customer_id, *(subscription for _, subscription in self.subscriptions))

    def concerns(self, dataset: Dataset) -> bool:
        """Every dataset does."""
        return "customer_id" in dataset.column_names

    def in_rows(self, dataset: Dataset, rows: pa.Table) -> Any:
        """Rows whose customer_id it is, and licences and usage of its subscriptions."""
        mask = _and_partner(pc.equal(rows.column("customer_id"), self.customer_id), rows, self.partner)
        if not (self.subscriptions and dataset.follows_subscription):
            return mask
        pairs = pc.binary_join_element_wise(_plain(rows, "partner_id"), _plain(rows, "subscription_id"), _BETWEEN)
        owned = pa.array([_BETWEEN.join(pair) for pair in sorted(self.subscriptions)])
        return pc.or_(mask, pc.is_in(pairs, value_set=owned))

    def in_fields(self, dataset: Dataset, fields: Sequence[str]) -> bool:
        """Any field that is the customer id, or two that are a subscription of its and the partner."""
        pairs = self.subscriptions if dataset.follows_subscription else ()
        return self.customer_id in fields or any(
            subscription in fields and partner in fields for partner, subscription in pairs
        )


def named_records(file: DeliveredFile, dataset: Dataset, named: Named) -> frozenset[int]:
    """The numbers of the records that name somebody; 1 is the first after the header."""
    numbers: list[Any] = file.rows.filter(named.in_rows(dataset, file.rows)).column(RECORD_NUMBER).to_pylist()
    malformed = zip(*(column.to_pylist() for column in file.malformed.columns), strict=True)
    numbers += [number for number, fields in malformed if named.in_fields(dataset, fields)]
    return frozenset(numbers)


def owners(file: DeliveredFile) -> Iterator[tuple[str, str, str]]:
    """Partner, subscription and customer of each row of a file of the subscriptions dataset."""
    names = ("partner_id", "subscription_id", "customer_id")
    yield from zip(*(file.rows.column(name).to_pylist() for name in names), strict=True)


def _plain(rows: pa.Table, column: str) -> Any:
    return rows.column(column).cast(pa.string())  # text that repeats may be dictionary-encoded


def _and_partner(mask: Any, rows: pa.Table, partner: str | None) -> Any:
    mask = pc.fill_null(mask, False)
    if partner is None:
        return mask
    return pc.and_(mask, pc.fill_null(pc.equal(rows.column("partner_id"), partner), False))

"""Portfolios delivered well and badly, in every format: whole outcomes against the naive reading."""

import random

from hypothesis import given
from hypothesis import strategies as st

from ..reference.contract import DATASETS, Dataset
from ..reference.delivery import Delivery
from ..reference.portfolios import Portfolio
from .cases import cases
from .ingesting import Ingesting


@cases(300)
@given(dataset=st.sampled_from(DATASETS), seed=st.integers(0, 2**32 - 1), refused=st.sampled_from([False, False, True]))
def test_a_delivery(home: Ingesting, dataset: Dataset, seed: int, refused: bool) -> None:
    portfolio = Portfolio(seed)
    rows = portfolio.snapshot_rows(dataset.name, portfolio.last) if dataset.is_snapshot else portfolio.usage_rows()
    home.next_folder(dataset)
    Delivery(random.Random(seed), home.landing.root).deliver(dataset, home.day, rows, refused=refused)
    home.assert_as_reference(dataset)

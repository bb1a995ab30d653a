"""Great Expectations' Data Docs: what is expected of partitions, and what was found, as pages for a browser.

No page shows a value of a row: what fails is counted. The rows are in `portfolio quarantine` and `meta.check_results`.
"""

import logging
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from expectations.gx import ephemeral_context, expectation_suite
from expectations.suites import Suite

if TYPE_CHECKING:
    import pandas as pd

_SITE = "portfolio"
_COUNTS = {"result_format": "BASIC", "partial_unexpected_count": 0}


def build_data_docs(folder: Path, batches: Mapping[str, tuple["pd.DataFrame", Suite]]) -> Path:
    """Validate each frame by its suite and write the pages to a folder, in place of what was there.

    Args:
        batches: frame and suite by a title, such as `customers 2026-03-01…2026-03-07`.

    Returns:
        The page to open.
    """
    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    import great_expectations as gx

    shutil.rmtree(folder, ignore_errors=True)
    context = ephemeral_context()
    context.add_data_docs_site(
        _SITE,
        {
            "class_name": "SiteBuilder",
            "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(folder)},
            "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
        },
    )
    source = context.data_sources.add_pandas("lake")
    for title, (frame, suite) in batches.items():
        expected = context.suites.add(expectation_suite(title, suite.rules))
        batch = source.add_dataframe_asset(title).add_batch_definition_whole_dataframe(title)
        definition = gx.ValidationDefinition(name=title, data=batch, suite=expected)
        context.validation_definitions.add(definition).run(batch_parameters={"dataframe": frame}, result_format=_COUNTS)
    context.build_data_docs(site_names=[_SITE])
    return folder / "index.html"

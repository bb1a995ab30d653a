"""The source delivers for a command, before its ingest run: what came of it belongs to the command's report."""

from collections.abc import Sequence
from datetime import date

from assets.ingest.delivery import deliver
from assets.resources import Progress, Workspace
from pipelines.runs.pending import offers_looked_back_on
from sources.source import Delivery
from storage.files.locks import exclusive

_TASK = "deliver"


def deliver_looked_back_on(workspace: Workspace, days: Sequence[date], progress: Progress) -> list[Delivery]:
    """Have the source bring what it offers of the partitions that the days look back on; what became of each."""
    with workspace.ledger() as ledger:
        if not offers_looked_back_on(workspace, ledger, days):
            return []
        with exclusive(workspace.home.pipeline_lock, progress.note):
            # A run that was waited for may have brought them.
            offers = offers_looked_back_on(workspace, ledger, days)
            progress.start(_TASK, len(offers))
            deliveries = []
            for delivery in deliver(workspace.source, offers, progress.note):
                deliveries.append(delivery)
                progress.advance(_TASK, f"{delivery.dataset} {delivery.day}")
    return deliveries

"""`python -m pipelines.runs.web_server HOST PORT WORKSPACE`: the guarded web server of `portfolio serve`.

The same steps as Dagster's own command, which has no place for a guard. Nothing else imports this module.
"""

import signal
import sys

import uvicorn
from dagster import DagsterInstance
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import WorkspaceFileTarget
from dagster_webserver.app import create_app_from_workspace_process_context
from dagster_webserver.version import __version__
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from pipelines.runs.web_guard import Guard, OwnHosts
from pipelines.settings import load_settings

_LIVE_DATA_POLL_MILLISECONDS = 2000
# As Dagster's own command has them, for storages that are servers.
_STATEMENT_MILLISECONDS, _POOL_RECYCLE_SECONDS, _POOL_MAX_OVERFLOW = 15000, 3600, 20
_CLOSE_SECONDS = 5  # that open requests may take when the server stops


class _TargetKeepingProtocol(HttpToolsProtocol):
    """Tells the guard the request's target as it was sent: uvicorn keeps only its path."""

    def on_headers_complete(self) -> None:
        """As uvicorn does, with `target` in the scope."""
        self.scope["target"] = self.url.decode("latin-1")  # type: ignore[typeddict-unknown-key]
        super().on_headers_complete()


def main(host: str, port: int, workspace: str) -> None:
    """Serve the instance that DAGSTER_HOME names until an interrupt or SIGTERM."""
    signal.signal(signal.SIGTERM, signal.getsignal(signal.SIGINT))
    with (
        DagsterInstance.get() as instance,
        WorkspaceProcessContext(instance, WorkspaceFileTarget([workspace]), version=__version__) as context,
    ):
        instance.optimize_for_webserver(_STATEMENT_MILLISECONDS, _POOL_RECYCLE_SECONDS, _POOL_MAX_OVERFLOW)
        app = create_app_from_workspace_process_context(context, live_data_poll_rate=_LIVE_DATA_POLL_MILLISECONDS)
        uvicorn.run(
            Guard(app, OwnHosts(port, load_settings().serve_hosts or ())),
            host=host,
            port=port,
            http=_TargetKeepingProtocol,
            log_level="warning",
            proxy_headers=False,
            timeout_graceful_shutdown=_CLOSE_SECONDS,
        )


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])

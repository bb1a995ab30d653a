"""The git checkout that is released: what it holds, whether anything in it is not committed, commit and tag."""

import io
import os
import subprocess
import tarfile
from collections.abc import Collection
from pathlib import Path

from release.errors import ReleaseError

_KEPT = ("GIT_AUTHOR_", "GIT_COMMITTER_", "GIT_CONFIG_")
"""Variables of git that say who commits."""


class Checkout:
    """A checkout's folder; git's own errors are raised as `ReleaseError` in one line."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def head(self) -> str:
        """The id of the last commit."""
        return self._git("rev-parse", "HEAD").decode().strip()

    def committed(self, name: str) -> str:
        """The text of a file of the last commit."""
        return self._git("show", f"HEAD:{name}").decode()

    def uncommitted(self) -> list[str]:
        """Files that differ from the last commit, also those that git does not know and does not ignore."""
        said = self._git("status", "--porcelain=v1", "-z", "--untracked-files=all", "--no-renames").decode(
            errors="replace"
        )
        return [entry[3:] for entry in said.split("\0") if entry]

    def has_tag(self, name: str) -> bool:
        """Whether there is a tag of that name."""
        return bool(self._git("tag", "--list", name).strip())

    def unpack(self, commit: str, folder: Path) -> None:
        """Write the files of a commit into a folder: with its time, and with modes that no umask changes."""
        archive = self._git("-c", "tar.umask=0022", "archive", "--format=tar", commit)
        with tarfile.open(fileobj=io.BytesIO(archive)) as files:
            # Python's own advice, since 3.11.2, Debian's, has no filters.
            files.extraction_filter = getattr(tarfile, "tar_filter", lambda member, path: member)
            files.extractall(folder)  # noqa: S202

    def commit(self, message: str, names: Collection[str]) -> None:
        """Commit these files, and nothing else that may be staged."""
        self._git("commit", "--quiet", f"--message={message}", "--", *names)

    def tag(self, name: str, message: str) -> None:
        """Make an annotated tag of the last commit; lines of the message that begin with `#` stay in it."""
        self._git("tag", "--annotate", "--cleanup=verbatim", "--file=-", name, given=message.encode())

    def _git(self, *arguments: str, given: bytes = b"") -> bytes:
        # A hook's GIT_DIR or GIT_INDEX_FILE would have it look at another repository.
        kept = {n: value for n, value in os.environ.items() if not n.startswith("GIT_") or n.startswith(_KEPT)}
        try:
            done = subprocess.run(
                ["git", "-C", str(self.folder), *arguments],
                input=given,
                capture_output=True,
                check=False,
                env=kept | {"LC_ALL": "C"},
            )
        except OSError as error:
            raise ReleaseError(f"git can't be run: {error.strerror}; install it") from error
        if done.returncode != 0:
            lines = done.stderr.decode(errors="replace").strip().splitlines() or [f"exit code {done.returncode}"]
            raise ReleaseError(f"git {arguments[0]}: {lines[-1]}")
        return done.stdout

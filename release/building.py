"""Wheel and sdist, the same bytes for the same files: whoever builds a tag again can compare them."""

import gzip
import io
import os
import subprocess
import sys
import tarfile
from datetime import UTC, date, datetime
from pathlib import Path

from release.errors import ReleaseError

_UV = Path(sys.executable).with_name("uv")


def build(source: Path, day: date, folder: Path) -> tuple[Path, Path]:
    """Build the sdist of a folder and, of that, the wheel, by the setuptools that requirements.lock names.

    Args:
        source: what is built; nothing else may be in it, and it is written to.
        day: the release's day (UTC). Its midnight is the time of every file, which therefore no clock decides.
        folder: where they are put.

    Returns:
        The wheel and the sdist.

    Raises:
        ReleaseError: the build fails.
    """
    epoch = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
    _uv_build("sdist", source, epoch, folder)
    (sdist,) = folder.glob("*.tar.gz")
    normalise(sdist, epoch)
    _uv_build("wheel", sdist, epoch, folder)
    (wheel,) = folder.glob("*.whl")
    (folder / ".gitignore").unlink(missing_ok=True)  # uv's
    return wheel, sdist


def normalise(sdist: Path, epoch: int) -> None:
    """Write an archive anew, its files in order of their names, with one time, and nobody's as far as it says.

    setuptools takes SOURCE_DATE_EPOCH for wheels alone: an sdist says when it was built, and by whom.
    """
    with tarfile.open(sdist) as archive:
        members = [(member, archive.extractfile(member)) for member in archive.getmembers()]
        contents = [(member, file.read() if file else b"") for member, file in members]
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for member, content in sorted(contents, key=lambda pair: pair[0].name):
            plain = tarfile.TarInfo(member.name)
            plain.type, plain.linkname, plain.size = member.type, member.linkname, len(content)
            plain.mtime, plain.mode = epoch, 0o755 if member.isdir() or member.mode & 0o100 else 0o644
            archive.addfile(plain, io.BytesIO(content))
    sdist.write_bytes(gzip.compress(packed.getvalue(), mtime=epoch))


def _uv_build(kind: str, source: Path, epoch: int, folder: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    options = ["--offline", "--no-build-isolation", "--python", sys.executable, "--out-dir", str(folder)]
    done = subprocess.run(
        [str(_UV), "build", "--quiet", f"--{kind}", *options, str(source)],
        env=kept | {"SOURCE_DATE_EPOCH": str(epoch), "PYTHONHASHSEED": "0"},
        umask=0o022,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip()
        raise ReleaseError(f"the {kind} can't be built: {said}")

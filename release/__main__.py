"""`python -m release VERSION`, by `make release VERSION=…`: what docs/releasing.md says."""

import sys
from datetime import UTC, datetime
from pathlib import Path

from release.errors import ReleaseError
from release.making import make


def main() -> None:
    """Release the checkout that this module is part of; exit codes: 0 done, 1 refused or failed, 130 interrupted."""
    if len(sys.argv) != 2:
        sys.exit("error: name the version: make release VERSION=0.2.0")
    version = sys.argv[1]
    try:
        made = make(Path(__file__).resolve().parents[1], version, datetime.now(UTC).date(), _report)
    except ReleaseError as error:
        sys.exit(f"error: {error}")
    except (
        OSError,
        ValueError,
    ) as error:  # a file that is missing or no text, a full disk, a heading that is no version
        sys.exit(f"error: {' '.join(str(error).split())}; put it right, and run again")
    except KeyboardInterrupt:
        sys.stderr.write("error: interrupted; the same call goes on from here\n")
        sys.exit(130)
    print(f"released {version} on this machine: {made}")
    for path in sorted(made.iterdir()):
        print(f"  {path.name}")
    print(f"nothing was pushed or uploaded. Next: git push --atomic origin HEAD v{version}, and docs/releasing.md")


def _report(step: str) -> None:
    print(f"{step} …", flush=True)


if __name__ == "__main__":
    main()

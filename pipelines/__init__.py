"""How and when assets are made: settings, jobs, schedules, and the one composition root."""

import os

# Nothing here phones home, whatever the environment says, and whichever tool is asked first.
os.environ["DO_NOT_TRACK"] = "1"

# Before any library is imported that has others in tow.
from pipelines.lazy_imports import defer_imports

defer_imports()

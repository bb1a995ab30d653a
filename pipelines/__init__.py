"""How and when assets are made: settings, jobs, schedules, and the one composition root."""

import os

# Nothing here phones home, whatever the environment says, and whichever tool is asked first.
os.environ["DO_NOT_TRACK"] = "1"

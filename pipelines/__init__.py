"""How and when assets are made: settings, jobs, schedules, and the one composition root."""

"""systemd units of a home folder: what they say, where they lie, and the alert when one of them fails."""

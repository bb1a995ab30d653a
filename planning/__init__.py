"""What can be built, is blocked, is stale or has expired: decisions over plain records, with no file and no clock."""

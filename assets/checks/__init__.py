"""Checks of lake partitions, and of what a source says it delivered."""

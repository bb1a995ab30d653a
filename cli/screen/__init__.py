"""What the command line draws: pages, tables, bars, progress and plain sentences."""

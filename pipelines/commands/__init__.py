"""What the command line starts: one module for what each command does."""

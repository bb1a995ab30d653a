"""What the command line asks for: what its commands do, and what they tell of; `cli` reads arguments and writes."""

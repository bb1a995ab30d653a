"""A second, naive implementation of the pipeline, written from the specification alone.

It shares no code with the product: its own contract, its own readers, its own arithmetic. Plain dicts and loops,
meant to be obviously right rather than fast.
"""

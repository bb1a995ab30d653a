"""Random landing files through ingestion, in process: a clear outcome for each, and no row unaccounted for.

A thousand cases in the normal suite, always the same ones; `PORTFOLIO_FUZZ=5000` tries that many of each kind, chosen
anew.
"""

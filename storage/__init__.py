"""Everything that touches disk atomically: lake, ledger, warehouse views, publication."""

"""The version of each schema that outlives a run, all in one place.

A version is raised by the change that an earlier program could not read. Whatever it is of, the ledger's is raised with
it: it is in every home folder, and what tells an earlier program to leave the folder alone.
"""

LEDGER = 8
ALERTS = 1
TOLD_FACTS = 1
DIGESTS = 1
LAKE = 1
"""Folders and names of its files, and what their metadata says."""
WAREHOUSE = 1
"""What the pipeline itself keeps in the file: the models' tables follow from the rules of the days."""
PUBLICATION = 1
"""Folders, schemas and `meta`; the marts have a contract with a version of its own."""
POSTGRES = 2
"""What the pipeline keeps in a database, and how: 1 had tables where 2 has views."""

FILES = {"lake": LAKE, "warehouse": WAREHOUSE, "publication": PUBLICATION}
"""What has no place of its own for a version: the ledger notes it."""

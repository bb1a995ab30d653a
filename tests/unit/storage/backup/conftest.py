"""What tests of backups begin with."""

import os

import pytest


@pytest.fixture(autouse=True)
def private_umask():
    """As every command has it."""
    before = os.umask(0o077)
    yield
    os.umask(before)

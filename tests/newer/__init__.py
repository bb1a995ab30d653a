"""Newer engines than the locked ones: run by `make test-newer`, in an environment of its own (bin/setup-newer)."""

"""Every kind of bad feed that the contract has an answer to, run through the real command."""

"""Environments: everything outside a region, contracted, and the problem that it leaves."""

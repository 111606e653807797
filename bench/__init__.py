"""Benchmarks that compare in one run, on one server: ``make bench`` (docs/decisions/0004-data-path.md)."""

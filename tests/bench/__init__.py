"""Benchmarks: each compares in one run and prints a ratio. They are no tests, and nothing fails by them."""

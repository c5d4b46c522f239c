"""Verbs, one file each: transactions begin and end here.

An action takes the database and plain values, calls the stages, and stores or sends what they
decided. Nothing in here reads the configuration, the clock or the environment.
"""

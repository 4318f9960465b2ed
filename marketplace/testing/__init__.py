"""Shipped for plug-in authors and hosts: fixtures, a clock, builders of valid things, conformance laws."""

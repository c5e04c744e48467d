"""Disclosure control of aggregates: recode, round, suppress, and prove it. Arrays in, arrays out, no school in sight.

It reads no files and no clock, and imports nothing of kdsp but its errors.
"""

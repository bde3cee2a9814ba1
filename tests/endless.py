"""A query that would take days, so that no machine is too slow, or too fast, for a test."""

ENDLESS_QUERY = """\
select count(*) as n
from range(1000000) as a, range(1000000) as b, range(1000000) as c
where a.range * b.range % 11 = c.range
"""
"""For DuckDB, which interrupts it at once; it needs little memory."""

"""A query that would take days, so that no machine is too slow, or too fast, for a test."""

ENDLESS_QUERY = """\
select count(*) as n
from range(1000000) as a
where sleep_ms(100000000 + a.range::int) is null
"""
"""For DuckDB, which interrupts it at once. It needs neither memory nor a processor, which the
other tests have a use for."""

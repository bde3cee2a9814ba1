"""Measures dbtree against dbt's own command line, on the same projects, in the same run.

    python -m tests.bench [--size 100|1000|10000] [--json FILE] [--only P2,P3]

Every figure of dbtree's is taken from the outside: the real program in a pseudo-terminal, from the
key or the saved file to the bytes of the frame that shows it, or to the event in a run's log. The
rows and their targets are in `table`; `docs/performance.md` has the results and how to repeat them.
"""

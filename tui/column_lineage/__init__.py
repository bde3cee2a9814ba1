"""Where each column comes from, and which columns are made of it: read from compiled SQL.

Pure: SQL and the columns of relations in, columns with their sources out. sqlglot does the parsing;
only this package imports it, and only where a query is traced, which is done in a process of its
own (`tui.column_lineage.worker`).
"""

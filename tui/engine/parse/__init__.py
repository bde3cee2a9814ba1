"""From files to dbt's manifest: the first parse, the parse of what was saved, what is wrong."""

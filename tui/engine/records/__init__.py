"""dbt's nodes as the compact rows that cross the wire: assets, checks, fingerprints."""

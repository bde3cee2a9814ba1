"""What dbt would send, compiled in the background without a database."""

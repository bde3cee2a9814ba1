"""One end-to-end suite on real servers: DuckDB and Postgres in `make test`, Spark with
`make test-warehouses`. Each server is started by the tests, on loopback, and stopped by them.
"""

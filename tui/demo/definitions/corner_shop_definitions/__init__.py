"""Python assets, checks and a schedule around the dbt project corner_shop."""

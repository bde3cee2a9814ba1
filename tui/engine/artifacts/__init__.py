"""The runs of dbt that others started, recorded from what they left: artifacts and log."""

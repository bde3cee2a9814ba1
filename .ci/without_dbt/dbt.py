"""Stands in for dbt where the fast tests run, so that none of them starts it unseen."""

raise ImportError("This test starts dbt: mark it with pytest.mark.dbt, and it is not a fast one.")

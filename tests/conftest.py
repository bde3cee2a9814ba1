"""Fixtures that all the tests share."""

import os

from hypothesis import settings

# A busy machine is no failure.
settings.register_profile("dbtree", deadline=None)
settings.load_profile("dbtree")

# Where dbtree itself looks for dbt in the tests that let it look: see tests.dbt_python.
if dbt_python := os.environ.get("DBTREE_TEST_DBT_PYTHON"):
    os.environ["DBTREE_DBT_PYTHON"] = dbt_python

"""Fixtures that all the tests share."""

from hypothesis import settings

# A busy machine is no failure.
settings.register_profile("dbtree", deadline=None)
settings.load_profile("dbtree")

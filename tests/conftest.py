"""Fixtures that all the tests share."""

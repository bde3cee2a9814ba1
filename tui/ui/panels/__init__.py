"""Texts of panels and pages as sheets: pure functions from the state to lines."""

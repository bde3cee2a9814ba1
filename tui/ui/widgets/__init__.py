"""The widgets, each one file: thin shells over pure functions from values to lines."""

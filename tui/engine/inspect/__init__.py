"""Queries about one asset or selection: details, compiled SQL, rows, columns. Changes nothing."""

"""The engine's request loop, what it answers and reports, and the open project behind it."""

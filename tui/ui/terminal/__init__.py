"""The terminal itself: what is written to it, signals, and an end that waits for nobody."""

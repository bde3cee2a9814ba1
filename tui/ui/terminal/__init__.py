"""The terminal itself: the driver, signals, and an end that waits for nobody."""

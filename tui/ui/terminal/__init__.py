"""The terminal itself: the driver, signals, and a shutdown that never hangs."""

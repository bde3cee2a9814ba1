"""The engine's process itself: descriptors, forks, locks, captured output, secrets."""

"""A run as a process of its own: launched, told apart from definitions, cancelled."""

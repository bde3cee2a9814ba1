"""SQL that a person writes, with Jinja in it: its steps, what it may do, how it can go on. Pure."""

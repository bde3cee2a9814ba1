"""The real dbtree in a pseudo-terminal: keys are pressed, the screen is read, and the database and
the run logs are looked into. Each test is a piece of somebody's day."""

"""The engine as seen from the UI process: its process, and a session that outlives restarts."""

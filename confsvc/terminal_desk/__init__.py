"""`confsvc desk`: a check-in desk in a terminal, written from docs/live-protocol.md alone; it shares no code with the server."""

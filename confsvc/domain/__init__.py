"""Every rule of the service: free functions that take a `Work`; no web, no socket, no clock but `work.now`."""

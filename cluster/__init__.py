"""A whole cluster on one machine, from packages, as any user: for `./dev cluster` and the tests; not part of what is installed."""

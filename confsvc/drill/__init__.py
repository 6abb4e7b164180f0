"""The national drill: a made-up conference of any size, and the desks and boards that play its morning against a running server.

`wire`, `desks` and `own_share` know nothing of the server's code and are what the benchmarks drive it with too.
"""

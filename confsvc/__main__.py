"""The command `confsvc`."""

import os
import sys

OWNER_ONLY = 0o077


def main() -> None:
    """Run the command line; files it makes are for its own user only; `serve` and `jobs` first make the standard library's I/O cooperative."""
    os.umask(OWNER_ONLY)
    if sys.argv[1:2] in (["serve"], ["jobs"]):
        # Must happen before anything else is imported, hence inside the function.
        from gevent import monkey  # noqa: PLC0415

        monkey.patch_all()
        from confsvc.left_out import OF_SOCKETIO, left_out  # noqa: PLC0415  # after the patch

        with left_out(*OF_SOCKETIO):
            import socketio  # noqa: F401, PLC0415  # as what imports it later finds it
    from confsvc.cli import cli  # noqa: PLC0415  # after the patch above

    cli()


if __name__ == "__main__":
    main()

"""The command `confsvc`."""

import sys


def main() -> None:
    """Run the command line; `serve` first makes the standard library's I/O cooperative."""
    if sys.argv[1:2] == ["serve"]:
        # Must happen before anything else is imported, hence inside the function.
        from gevent import monkey  # noqa: PLC0415

        monkey.patch_all()
    from confsvc.cli import cli  # noqa: PLC0415  # after the patch above

    cli()


if __name__ == "__main__":
    main()

"""Where templates, static files and migrations lie: beside the package in a checkout, inside it in a wheel."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent


def asset_dir(name: str) -> Path:
    """The folder `name`; raises RuntimeError where an install is incomplete."""
    packed, beside = PACKAGE / name, PACKAGE.parent / name
    if packed.is_dir():
        return packed
    if (PACKAGE.parent / "pyproject.toml").is_file() and beside.is_dir():
        return beside
    raise RuntimeError(f"{name}/ is missing: this install of confsvc is incomplete")

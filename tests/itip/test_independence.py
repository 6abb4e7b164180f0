"""The readers know nothing of whoever wrote what they read: not the product, not the library it writes with."""

import ast
from pathlib import Path

import pytest

READERS = ("answers", "checker", "client", "content_lines", "event_rules", "grammar", "mailbox", "method_rules", "objects", "values", "visitor", "zones")
FOLDER = Path(__file__).parent


@pytest.mark.parametrize("name", READERS)
def test_reader_uses_the_standard_library_and_other_readers_only(name: str) -> None:
    tree = ast.parse((FOLDER / f"{name}.py").read_text())
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    own = {f"tests.itip.{reader}" for reader in READERS}
    strangers = {module for module in imported - own if module.split(".")[0] in ("confsvc", "tests", "icalendar", "vobject", "dateutil")}
    assert strangers == set()

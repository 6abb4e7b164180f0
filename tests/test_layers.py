"""Imports run one way: web, live, jobs → schemas → domain → models; the desk in a terminal shares nothing; inline imports count too."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "confsvc"
OUTER = ("web", "live", "jobs")
MAY_IMPORT = {
    "models": {"models"},
    "domain": {"domain", "models"},
    "schemas": {"schemas", "domain", "models", "paths"},
    "terminal_desk": {"terminal_desk"},
    "drill": {"drill", "domain", "models"},
    **{door: {door, "schemas", "domain", "models", "boundary", "extensions", "settings", "paths", "metrics", "loop"} for door in OUTER},
}
SERVED = ("models", "domain", "schemas")  # know neither Flask nor a socket
FRAMEWORKS = {
    "flask",
    "flask_login",
    "flask_socketio",
    "flask_sqlalchemy",
    "flask_wtf",
    "flask_babel",
    "flask_limiter",
    "socketio",
    "engineio",
    "gevent",
    "werkzeug",
}


def imported_modules(source: str) -> set[str]:
    """Every module a source imports, at any depth of the code."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def offences(layer: str, source: str) -> list[str]:
    """The imports of `source` that its layer may not make."""
    modules = imported_modules(source)
    ours = {m for m in modules if m.startswith("confsvc.")}
    wrong = {m for m in ours if m.split(".")[1] not in MAY_IMPORT[layer]}
    if layer in SERVED:
        wrong |= {m for m in modules if m.split(".")[0] in FRAMEWORKS}
    return sorted(wrong)


@pytest.mark.parametrize("layer", sorted(layer for layer in MAY_IMPORT if (PACKAGE / layer).is_dir()))
def test_layer_imports_only_along_the_arrows(layer: str) -> None:
    found = {str(path.relative_to(PACKAGE)): offences(layer, path.read_text()) for path in (PACKAGE / layer).rglob("*.py")}
    assert {path: wrong for path, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize(
    ("layer", "line"),
    [
        ("domain", "from confsvc.web import forms"),
        ("domain", "def f():\n    import flask"),
        ("models", "from confsvc.domain.work import Work"),
        ("web", "from confsvc.live import publish"),
        ("live", "import confsvc.web.forms"),
        ("schemas", "from flask_socketio import emit"),
        ("terminal_desk", "from confsvc.schemas.acts import parse_act"),
    ],
)
def test_a_planted_offence_is_found(layer: str, line: str) -> None:
    assert len(offences(layer, line)) == 1

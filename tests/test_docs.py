"""The documents and the lists of texts say what the code does, no less and no more."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import confsvc.app  # noqa: F401  # every module that defines an error is imported now
from confsvc.domain.attendance import REFUSALS as REFUSAL_CODES
from confsvc.domain.errors import DomainError
from confsvc.settings import Settings
from confsvc.web.errors import HTTP_CODES, STATUS
from confsvc.web.messages import ERRORS, REASONS, REFUSALS

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "confsvc"
PLACEHOLDER = re.compile(r"%\((\w+)\)s")


def sources() -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        yield path, ast.parse(path.read_text())


def calls(*names: str) -> Iterator[tuple[Path, ast.Call]]:
    """Every call of a function or class of one of these names in the package."""
    for path, tree in sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in names:
                yield path, node


def constants(node: ast.expr) -> list[str]:
    """The strings an argument may be: itself, or either branch of `… if … else …`."""
    if isinstance(node, ast.IfExp):
        return constants(node.body) + constants(node.orelse)
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []


def reasons_with_values() -> list[tuple[str, str, set[str]]]:
    """Place, reason and the names of the values of every `Invalid("field", "reason", …)`."""
    return [
        (f"{path.relative_to(ROOT)}:{call.lineno}", reason, {keyword.arg for keyword in call.keywords if keyword.arg})
        for path, call in calls("Invalid")
        if len(call.args) > 1
        for reason in constants(call.args[1])
    ]


def subclasses(base: type[DomainError]) -> set[type[DomainError]]:
    return {found for child in base.__subclasses__() for found in {child, *subclasses(child)}}


def test_every_reason_has_a_text_and_the_values_it_needs() -> None:
    found = reasons_with_values()
    assert len(found) > 30
    assert [(place, reason) for place, reason, _ in found if reason not in REASONS] == []
    lacking = {place: set(PLACEHOLDER.findall(str(REASONS[reason]))) - values for place, reason, values in found}
    assert {place: missing for place, missing in lacking.items() if missing} == {}


def test_every_text_of_a_reason_is_used() -> None:
    written = {node.value for path, tree in sources() if path.name != "messages.py" for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    assert sorted(reason for reason in REASONS if reason not in written) == []


def test_every_error_code_has_a_text_and_a_status() -> None:
    http = {error.code for error in subclasses(DomainError) if error.__module__.startswith("confsvc.domain")}
    assert sorted(http - set(ERRORS)) == []
    assert sorted(http - set(STATUS)) == []
    assert sorted({*STATUS, *HTTP_CODES.values()} - set(ERRORS)) == []


def test_every_refusal_of_the_log_has_a_text() -> None:
    assert sorted(REFUSALS) == sorted(REFUSAL_CODES)


def settings_table() -> list[str]:
    def default(value: Any) -> str:
        return "" if value == "" else f"`{str(value).lower() if isinstance(value, bool) else value}`"

    return [f"| `CONFSVC_{name.upper()}` | {default(field.default)} | {field.description} |" for name, field in Settings.model_fields.items()]


def test_the_settings_page_lists_every_setting_and_nothing_else() -> None:
    page = (ROOT / "docs" / "settings.md").read_text()
    assert [line for line in page.splitlines() if line.startswith("| `CONFSVC_")] == settings_table()
    assert set(re.findall(r"CONFSVC_[A-Z_0-9]+", page)) == {f"CONFSVC_{name.upper()}" for name in Settings.model_fields}


def test_the_architecture_page_names_every_part_of_the_tree() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text()
    packages = sorted(path.name + "/" for path in PACKAGE.iterdir() if path.is_dir() and path.name != "__pycache__")
    modules = sorted(path.name for path in PACKAGE.glob("*.py") if path.name != "__init__.py")
    assert [name for name in (*packages, *modules) if name not in page] == []
    named = re.findall(r"^(?:confsvc/)?\n? {2}([a-z]+)/ ", page, re.MULTILINE)
    assert [name for name in named if not (PACKAGE / name).is_dir()] == []


@pytest.mark.parametrize("page", sorted(path.relative_to(ROOT).as_posix() for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]))
def test_every_link_of_a_page_leads_somewhere(page: str) -> None:
    links = re.findall(r"\]\((?!https?://|#)([^)#]+)", (ROOT / page).read_text())
    assert [link for link in links if not (ROOT / page).parent.joinpath(link).exists()] == []


@pytest.mark.parametrize("command", ["./dev run", "./dev test", "./dev check", "confsvc serve", "confsvc account create", "confsvc demo"])
def test_the_readme_names_the_commands(command: str) -> None:
    assert command in (ROOT / "README.md").read_text()


def test_the_readme_speaks_of_commands_that_are_there() -> None:
    help_text = (ROOT / "dev").read_text()
    named = set(re.findall(r"\./dev ([a-z]+)", (ROOT / "README.md").read_text() + (ROOT / "CONTRIBUTING.md").read_text()))
    assert sorted(name for name in named if f'command("{name}"' not in help_text) == []

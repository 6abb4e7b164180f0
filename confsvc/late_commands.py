"""Commands that are loaded when they are asked for: a server needs none of them, and holds what it has loaded to its end."""

from collections.abc import Callable, Mapping
from typing import Any

import click


class LateCommands(click.Group):
    """A group that knows some of its commands by name only; `late` says how each is come by."""

    def __init__(self, *arguments: Any, late: Mapping[str, Callable[[], click.Command]], **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._late = late

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), *self._late])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return self._late[cmd_name]() if cmd_name in self._late else super().get_command(ctx, cmd_name)

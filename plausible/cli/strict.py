"""A command line on which every option stands once, folders have names, and numbers have digits only."""

from __future__ import annotations

import typing
from collections import Counter
from pathlib import Path
from typing import Any

from typer.core import TyperGroup

from plausible.errors import BadInput, require


class Strict(TyperGroup):
    """A group of commands that refuses an option given twice, of which the last would count in silence."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Check the options of the group itself, then parse them. Raises `BadInput` where a command is missing."""
        if not args and not self.invoke_without_command:
            names = " or ".join(self.list_commands(ctx))
            raise BadInput(
                f"{ctx.command_path} is given without a command: expected {names} behind it; see --help"
            )
        refuse_repeated(self, ctx, args)
        return super().parse_args(ctx, args)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Check the options of the command that `args` name, before Typer reads them."""
        name, command, rest = super().resolve_command(ctx, args)
        if command is not None and not isinstance(command, TyperGroup):
            refuse_repeated(command, ctx, rest)
        return name, command, rest


def refuse_repeated(command: Any, parent: Any, args: list[str]) -> None:
    """Raise `BadInput` if `args` hold an option of `command` twice; whatever else is wrong is told elsewhere."""
    context = type(parent)(command, parent=parent, resilient_parsing=True)
    given, _, order = command.make_parser(context).parse_args(args=list(args))
    kinds = typing.get_type_hints(command.callback) if command.callback else {}  # a group has none
    for parameter, times in Counter(order).items():
        if times > 1 and parameter.param_type_name == "option":
            option = max(parameter.opts, key=len)
            raise BadInput(f"{option} is given {times} times: expected once")
        kind = kinds.get(parameter.name, str)
        refuse_what_is_read_otherwise(max(parameter.opts, key=len), given.get(parameter.name), kind)


def refuse_what_is_read_otherwise(option: str, text: Any, kind: Any) -> None:
    """Raise `BadInput` for an empty path, which would be the current folder, and for 1_0, which would be 10."""
    possible = typing.get_args(kind) or (kind,)
    require(text != "" or Path not in possible, option, text, "a path")
    number = int in possible or float in possible
    require(not (number and "_" in str(text)), option, text, "a number in digits alone")

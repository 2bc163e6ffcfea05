"""The command `plausible`."""

from __future__ import annotations

import sys
from importlib import metadata
from typing import Annotated, Any

import typer

from plausible.cli import audit, check, compare, results, tuning, verify, watch
from plausible.cli import known as cli_known
from plausible.cli import studies as cli_study
from plausible.cli.interrupts import said, settle, waits
from plausible.cli.strict import Strict
from plausible.errors import BadInput, cut
from plausible.printing.terminal import (
    ClosedPipe,
    abandon_output,
    complain,
    emit,
    finish_output,
    hold_warnings,
    open_what_is_closed,
    tell_executed,
    tell_warnings,
)
from plausible.printing.words import replace_what_cannot_be_encoded
from plausible.registry.files import SAID, TELL, UNSAID

app = typer.Typer(cls=Strict, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


for part in (audit, check, compare, cli_known, cli_study, results, tuning, verify, watch):
    app.add_typer(part.app)


@app.callback(invoke_without_command=True)
def plausible(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Say which version this is, and end.")] = False,
) -> None:
    """Biologically plausible learning beside backpropagation: same tasks, same seeds, same budget."""
    if version:
        emit(f"plausible {metadata.version('plausible')}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        emit(context.get_help())


USAGE_ERROR: Any = typer.BadParameter.__base__  # click's, or Typer's own copy of it


CLOSED_PIPE = 141  # 128 + 13, the number of SIGPIPE, which ends other programs that nobody reads


def main(arguments: list[str] | None = None) -> None:
    """The entry point: bad input is one line and exit code 2, an interrupt is exit code 130."""
    code = 0
    try:
        open_what_is_closed()
        replace_what_cannot_be_encoded()
        UNSAID.clear()
        hold_warnings()
        SAID.clear()
        TELL[:] = [tell_executed]
        code = app(arguments, standalone_mode=False)
        tell_executed()
        tell_warnings()
        finish_output()
    except BadInput as error:
        complain(f"error: {error}")
        code = 2
    except USAGE_ERROR as error:
        words = " ".join(error.format_message().split()).rstrip(".")
        complain(f"error: {cut(words)}; see --help")
        code = 2
    except SystemExit as stop:
        code = ended_by(stop)
    except ClosedPipe:
        abandon_output()
        code = CLOSED_PIPE
    except OSError as error:
        complain(f"error: {told(error)}")
        code = 2
    except (typer.Abort, KeyboardInterrupt):
        code = 130
    if not code and waits():
        code = 130
    if code == 130:  # also where Typer has caught the interrupt and returned the code
        settle()
        complain(said(sys.argv[1:] if arguments is None else arguments))
    sys.exit(code)


def ended_by(stop: SystemExit) -> int:
    """The exit code where something else ends the process: Typer, when nobody reads the output, or a user's code."""
    if isinstance(stop.__context__, BrokenPipeError):
        abandon_output()
        return CLOSED_PIPE
    complain(f"error: a rule, task or study called sys.exit({stop.code!r}): expected code that returns")
    return 2


def told(error: OSError) -> str:
    """An error of the operating system in one line: what it refuses, and for which file."""
    name = f" {error.filename!r}" if error.filename is not None else ""
    return f"{error.strerror or error}{name}: what was stored is whole"

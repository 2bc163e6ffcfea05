"""The command `plausible`, and `python -m plausible`: signals are heeded before anything else is imported."""

from __future__ import annotations

import os
import sys

if __name__ == "__main__" and not sys.flags.safe_path and sys.path[:1] == [os.getcwd()]:  # noqa: PTH109
    home = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120
    if sys.path[0] != home:
        del sys.path[0]  # no file is imported because it lies where the command was given


def main() -> None:
    """The entry point of the script. Exit codes: see `plausible.cli.main.main`; 130 of an interrupt or SIGTERM."""
    try:
        from plausible.cli import interrupts
        from plausible.registry.elsewhere import import_elsewhere

        handler = interrupts.Interrupts()
        interrupts.heed(handler)
        sys.unraisablehook = handler.ignored
        import_elsewhere()
        from plausible.cli.main import main as command

        handler.begun = True
        command()
    except KeyboardInterrupt:
        from plausible.cli import interrupts

        print(interrupts.said(sys.argv[1:]), file=sys.stderr)
        sys.exit(interrupts.INTERRUPTED)
    finally:
        if (known := sys.modules.get("plausible.cli.interrupts")) is not None:  # else its import has failed
            known.heed(known.IGNORE)  # it is over, and the interpreter's end says nothing


if __name__ == "__main__":
    main()

"""The command watch: the report of a running study, in a browser."""

from __future__ import annotations

from typing import Annotated

import typer

from plausible.cli.options import Only, Scale, Study
from plausible.printing.terminal import remark, say

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.command()
def watch(
    study: Study,
    scale: Scale = "fast",
    only: Only = "*",
    port: Annotated[int, typer.Option(help="Of the address; 0 for any that is free.")] = 0,
    host: Annotated[
        str, typer.Option(help="The address; beyond this machine, as 0.0.0.0, a token is needed.")
    ] = "127.0.0.1",
) -> None:
    """The report of a study while it runs, as a page in a browser: how far it is, what was lost, and what came out.

    The page is served on this machine alone, unless --host opens it; then the address that is printed holds a token,
    and nobody is answered without it, though it travels unencrypted. The page brings itself up to date. It changes
    nothing: neither the store nor what runs. Ctrl-C ends it.
    """
    from plausible.site.server import checked, listening
    from plausible.site.watch import Pages
    from plausible.study.study import find

    checked(host, port)
    with listening(host, port, Pages(find(study), scale, study, only)) as server:
        say(server.address)
        if server.token:
            remark("who has this address sees the report; it is sent without encryption")
        server.serve_forever()

"""Programs that lie in a cache are executed only if they are the user's and unchanged. Oracle: what a planted one does.

A shell script that leaves a mark stands for the compiled program, so that no compiler is needed.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from plausible.spiking import compiled as module
from plausible.spiking import owned
from plausible.spiking.circuit import Circuit, Group
from plausible.spiking.compiled import Compiled
from plausible.spiking.simulate import SimulationError
from tests.processes import finished

pytestmark = pytest.mark.skipif(os.name != "posix", reason="there are no modes and owners of files")
CIRCUIT = Circuit(1.0, (Group("cell", 3, "dv/dt = -v/(10*ms) : 1", method="exact"),))


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of programs that write "ours" into a file, where anybody could see who has run."""
    monkeypatch.setattr(module, "compiler", lambda: "c++")
    monkeypatch.setattr(Compiled, "generate", lambda self: write(self.folder, "ours", tmp_path / "ran"))
    return tmp_path / "cache" / "spiking"


def write(folder: Path, who: str, ran: Path) -> None:
    """What stands for a program, its sources and its manifest."""
    code = folder / "code"
    code.mkdir(parents=True)
    script(code / "main", who, ran)
    (code / "main.cpp").write_text("int main() {}\n")
    (folder / "circuit.json").write_text(module.canonical(CIRCUIT))
    (folder / "manifest.json").write_text(
        json.dumps({"cell.v": {"file": "v", "dtype": "float64", "size": 3, "records": False, "columns": 1}})
    )


def script(main: Path, who: str, ran: Path) -> None:
    """A program that says that it has run."""
    main.write_text(f"#!/bin/sh\necho {who} >> {ran}\n")
    main.chmod(0o700)


def runs(cache: Path) -> list[str]:
    """Run the circuit; which programs have been executed so far."""
    Compiled(CIRCUIT, cache).run(1, {}, [])
    return (cache.parents[1] / "ran").read_text().split()


def swapped(name: str, text: str) -> Callable[[Path, Path], None]:
    """Something that changes one file of a program."""

    def change(program: Path, ran: Path) -> None:
        (program / name).write_text(text)

    return change


def planted(program: Path, ran: Path) -> None:
    script(program / "code" / "main", "planted", ran)


def resealed_without_the_user(program: Path, ran: Path) -> None:
    planted(program, ran)
    owned.seal(program)
    (program / "code" / "main").chmod(0o722)


def a_link_to_a_binary(program: Path, ran: Path) -> None:
    script(program.parent.parent / "evil", "planted", ran)
    (program / "code" / "main").unlink()
    (program / "code" / "main").symlink_to(program.parent.parent / "evil")


def a_link_to_a_program(program: Path, ran: Path) -> None:
    elsewhere = program.parent.parent / "elsewhere"
    write(elsewhere, "planted", ran)
    owned.seal(elsewhere)
    owned.remove(program)
    program.symlink_to(elsewhere)


def of_before_seals(program: Path, ran: Path) -> None:
    planted(program, ran)
    (program / "seal.json").unlink()


def the_program_of_another_circuit(program: Path, ran: Path) -> None:
    planted(program, ran)
    (program / "circuit.json").write_text("{}")
    owned.seal(program)


def a_library_beside_it(program: Path, ran: Path) -> None:
    (program / "code" / "libm.so.6").write_text("planted")


def a_seal_that_is_a_pipe(program: Path, ran: Path) -> None:
    planted(program, ran)
    (program / "seal.json").unlink()
    os.mkfifo(program / "seal.json", mode=0o600)


TAMPERED: dict[str, Callable[[Path, Path], None]] = {
    "binary": planted, "source": swapped("code/main.cpp", "int main() { system(0); }"),
    "manifest": swapped("manifest.json", '{"cell.v": {"file": "../../../etc/passwd"}}'),
    "seal": swapped("seal.json", "{}"), "seal that is no JSON": swapped("seal.json", "\x00{"),
    "seal that is deep": swapped("seal.json", "[" * 100_000), "seal that is a pipe": a_seal_that_is_a_pipe,
    "writable by others": resealed_without_the_user, "binary that is a link": a_link_to_a_binary,
    "program that is a link": a_link_to_a_program, "older than seals": of_before_seals,
    "of another circuit": the_program_of_another_circuit, "library": a_library_beside_it,
}  # fmt: skip


@pytest.mark.parametrize("how", TAMPERED)
def test_a_program_that_was_tampered_with_is_built_anew(cache: Path, how: str) -> None:
    assert runs(cache) == ["ours"]
    program = Compiled(CIRCUIT, cache).folder
    TAMPERED[how](program, cache.parents[1] / "ran")
    assert runs(cache) == ["ours", "ours"]
    assert not program.is_symlink()
    assert owned.sealed(program)


def test_a_program_is_looked_at_before_every_run(cache: Path) -> None:
    simulation = Compiled(CIRCUIT, cache)
    simulation.run(1, {}, [])
    planted(simulation.folder, cache.parents[1] / "ran")
    simulation.run(1, {}, [])
    assert (cache.parents[1] / "ran").read_text().split() == ["ours", "ours"]


def test_a_program_that_is_sound_is_not_built_again(cache: Path) -> None:
    assert Compiled(CIRCUIT, cache).build()
    assert not Compiled(CIRCUIT, cache).build()


def test_a_program_is_private_whatever_the_umask(cache: Path) -> None:
    before = os.umask(0o002)
    try:
        assert runs(cache) == ["ours"]
    finally:
        os.umask(before)
    assert cache.stat().st_mode & 0o777 == Compiled(CIRCUIT, cache).folder.stat().st_mode & 0o777 == 0o700


def linked(folder: Path) -> None:
    folder.rename(folder.parent / "moved")
    folder.symlink_to(folder.parent / "moved")


def a_file(folder: Path) -> None:
    folder.rename(folder.parent / "moved")
    folder.write_text("no folder")


FOREIGN: dict[str, tuple[Callable[[Path], Any], str]] = {
    "link": (linked, "it is a link"), "file": (a_file, "File exists"),
    "group": (lambda folder: folder.chmod(0o770), r"can be written by others \(mode 770\)"),
    "everybody": (lambda folder: folder.chmod(0o777), r"can be written by others \(mode 777\)"),
    "above": (lambda folder: folder.parent.chmod(0o777), "can be put in its place by others"),
}  # fmt: skip


@pytest.mark.parametrize("how", FOREIGN)
def test_a_folder_that_is_not_the_users_alone_is_refused_in_one_line(cache: Path, how: str) -> None:
    assert runs(cache) == ["ours"]
    spoil, told = FOREIGN[how]
    spoil(cache)
    with pytest.raises(SimulationError, match=told) as caught:
        runs(cache)
    assert "\n" not in str(caught.value)
    assert "PLAUSIBLE_CACHE" in str(caught.value)
    assert (cache.parents[1] / "ran").read_text().split() == ["ours"]


def test_a_folder_of_another_user_is_refused(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert runs(cache) == ["ours"]
    monkeypatch.setattr(owned, "user", lambda: os.getuid() + 1)
    with pytest.raises(SimulationError, match=f"it belongs to user {os.getuid()}"):
        runs(cache)
    assert not owned.sealed(Compiled(CIRCUIT, cache).folder)


def test_a_folder_that_others_may_read_becomes_private(cache: Path) -> None:
    assert runs(cache) == ["ours"]
    cache.chmod(0o755)
    assert runs(cache) == ["ours", "ours"]
    assert cache.stat().st_mode & 0o777 == 0o700


def test_everybodys_folder_may_hold_it_if_nobody_can_rename_there(cache: Path) -> None:
    cache.parent.mkdir()
    cache.parent.chmod(0o1777)  # as /tmp
    assert runs(cache) == ["ours"]


def test_building_runs_no_module_of_the_current_folder(tmp_path: Path) -> None:
    (tmp_path / "json.py").write_text("open('planted', 'w')\n")
    code = (
        "import sys; sys.path.remove(''); from pathlib import Path; from plausible.spiking.circuit import *; "
        "from plausible.spiking.compiled import Compiled; "
        "Compiled(Circuit(1.0, (Group('cell', 3, 'dv/dt = -v/(10*mV) : 1'),)), Path('cache')).build()"
    )
    environment = {
        **os.environ,
        "CXX": sys.executable,
    }  # a compiler, of which the broken equation has no need
    done = finished([sys.executable, "-c", code], environment, check=False, cwd=tmp_path)
    assert "cannot be built" in done.stderr
    assert "Dimension" in done.stderr.splitlines()[-1]
    assert not (tmp_path / "planted").exists()

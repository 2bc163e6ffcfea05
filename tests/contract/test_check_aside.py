"""`plausible check` outlives what it checks: what leaves, dies or hangs is told. Oracle: what the rule is written to do."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from plausible.cli.main import main
from plausible.contract import PROMISES, aside
from tests.contract.test_contract import SOUND
from tests.processes import COMMAND, finished, started, until

RAISE = "        error ="


def check(*arguments: str, capfd: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of the command."""
    with pytest.raises(SystemExit) as stop:
        main(["check", *arguments])
    captured = capfd.readouterr()
    return int(stop.value.code or 0), captured.out, captured.err


def rule(folder: Path, line: str, first: str = "") -> str:
    """A rule whose update does this before it does anything, and whose file begins with that."""
    file = folder / "rule.py"
    file.write_text(f"import os, sys, time\n{first}\n" + SOUND.replace(RAISE, f"        {line}\n{RAISE}"))
    return f"{file}:Broken"


def test_a_sound_rule_passes_and_its_prints_are_no_findings(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    text = rule(tmp_path, "print('noise'); os.write(1, b'more noise')", "print('hello')")
    code, out, err = check(text, capfd=capfd)
    assert code == 0
    assert "noise" not in out
    assert "hello" not in out
    assert err.count("more noise") > 10
    assert out.count("yes ") == len(PROMISES) - out.count("n/a ")
    assert "n/a A sequence may come in windows" in out
    assert "not applicable: it learns no sequences" in out
    assert f"executed {tmp_path / 'rule.py'}" in err


def test_an_exception_is_told_once_and_its_traceback_kept(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    code, out, err = check(rule(tmp_path, "raise KeyError('W7')"), capfd=capfd)
    assert code == 1
    assert out.count("KeyError: 'W7'") == 1
    (found,) = re.findall(
        rf"it raises KeyError: 'W7' \({tmp_path}/rule.py:(\d+)\); its traceback is in (\S+)", out
    )
    assert (tmp_path / "rule.py").read_text().splitlines()[
        int(found[0]) - 1
    ].strip() == "raise KeyError('W7')"
    kept = Path(found[1])
    try:
        assert kept.read_text().rstrip().endswith("KeyError: 'W7'")
        assert kept.read_text().startswith("Traceback")
        assert kept.stat().st_mode & 0o777 == 0o600
    finally:
        kept.unlink()
    assert out.count("not judged: it raises the same as above") >= 8
    assert f"1 of {len(PROMISES)} promises broken" in err


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("sys.exit(0)", "it ends the program, which it has no right to: SystemExit: 0 ("),
        ("raise KeyboardInterrupt", "it ends the program, which it has no right to: KeyboardInterrupt ("),
        ("raise GeneratorExit", "it ends the program, which it has no right to: GeneratorExit ("),
        ("os._exit(0)", "it ends the process with exit code 0: expected to return"),
        ("os._exit(3)", "it ends the process with exit code 3: expected to return"),
        ("os.kill(os.getpid(), 9)", "it ends the process by SIGKILL: expected to return"),
        ("os.close(1); os.close(2); os._exit(0)", "it ends the process with exit code 0"),
    ],
)
def test_what_leaves_or_dies_is_a_broken_promise(
    line: str, said: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    code, out, err = check(rule(tmp_path, line), capfd=capfd)
    for file in re.findall(r"its traceback is in (\S+)", out):
        Path(file).unlink()
    assert code == 1
    assert said in out
    assert out.count("\nyes ") + out.startswith("yes ") >= 3, "promises that do not need an update are judged"
    assert " ? " in out
    assert "promises broken" in err
    promises = re.findall(r"^(?:yes|no |n/a| \? ) .+$", out, re.MULTILINE)
    assert len(promises) == len(set(promises)) == len(PROMISES), "every promise is told, once"


def test_what_hangs_is_ended(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The promises before it take milliseconds; the process is gone at the end."""
    text = rule(tmp_path, f"open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid())); time.sleep(10_000)")
    code, out, _ = check(text, "--limit", "3", capfd=capfd)
    assert code == 1
    assert out.count("it does not end within 3 s: expected to return") == 1
    hung = out.index("it does not end within")
    after = re.findall(r"^(?:yes|no |n/a| \? ) ", out[hung:], re.MULTILINE)
    assert after == [" ?  "] * len(after)
    assert out.count("not judged: it does not end within 3 s, under the promise before") == len(after) >= 8
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


@pytest.mark.parametrize(
    ("first", "said"),
    [
        ("sys.exit(0)", "SystemExit: 0"),
        ("os._exit(0)", "os._exit(0) was called"),
        ("raise RuntimeError('no')", "RuntimeError: no"),
        ("import nothing_of_this_name", "ModuleNotFoundError"),
        ("def broken(:", "SyntaxError"),
    ],
)
def test_a_file_that_cannot_be_imported_is_bad_input(
    first: str, said: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    code, out, err = check(rule(tmp_path, "pass", first), capfd=capfd)
    lines = [line for line in err.splitlines() if not line.startswith("executed ")]
    assert (code, out, len(lines)) == (2, "", 1)
    assert said in lines[0]


@pytest.mark.parametrize(
    "arguments", [["fa", "--kind", "ruel"], ["fa", "--limit", "0"], ["fa", "--limit", "nan"], ["x"]]
)
def test_bad_arguments_are_one_line(arguments: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    code, out, err = check(*arguments, capfd=capfd)
    assert (code, out, err.count("\n")) == (2, "", 1)


def test_the_process_ends_with_its_parent(tmp_path: Path) -> None:
    """A parent that is killed cannot end it: it sees that nobody holds its pipe."""
    text = rule(
        tmp_path, f"open({str(tmp_path / 'pid')!r}, 'w').write(f'{{os.getpid()}} '); time.sleep(10_000)"
    )
    command = [*COMMAND, "check", text]
    with started(command) as parent:
        until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text().endswith(" "), parent)
        parent.kill()
        child = int((tmp_path / "pid").read_text())
        until(lambda: gone(child))


def gone(process: int) -> bool:
    """Whether a process has ended."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    return (
        Path(f"/proc/{process}/stat").exists() and Path(f"/proc/{process}/stat").read_text().split()[2] == "Z"
    )


def test_what_is_found_aside_is_what_is_found_here() -> None:
    from plausible import contract

    assert list(aside.findings("xor")) == contract.check("xor")


def test_which_file_is_executed_is_said_before_what_is_found(tmp_path: Path) -> None:
    """Once, though a second process goes on after the first has died."""
    ended = finished(
        [*COMMAND, "check", rule(tmp_path, "os._exit(0)")], check=False, stderr=subprocess.STDOUT
    )
    first, *others = ended.stdout.splitlines()
    assert first == f"executed {tmp_path / 'rule.py'}"
    assert len(others) > 18
    assert first not in others

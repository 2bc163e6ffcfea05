"""What a fit has learned, in a file, and back: weights, the rule's state, and what they are of; none of it pickled."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from plausible.errors import BadInput, require, require_flag
from plausible.study.learned import Learned, packed, read
from plausible.writing import at_home, whole

if TYPE_CHECKING:
    from plausible.api.fitted import Fitted
    from plausible.tasks.task import Task


def save(learned: Learned, path: str | Path) -> Path:
    """Write what was learned into a file, in the place of an earlier one, and return its path.

    Raises:
        BadInput: if weights are not finite, the state of the rule cannot be stored, or the file cannot be written.
    """
    file = at_home("the file of what was learned", path)
    content = packed(learned)
    if file.is_dir():
        raise BadInput(f"{str(file)!r} is a folder: expected the name of a file, such as 'fitted.npz'")
    try:
        with whole(file) as name:
            name.write_bytes(content)
    except OSError as error:
        raise BadInput(
            f"{str(file)!r} cannot be written ({error.strerror or error}): choose another place"
        ) from error
    return file


def load(path: str | Path, *, task: str | Task | None = None, execute_files: bool = False) -> Fitted:
    """What `Fitted.save` has written, or `compare` and `run` beside their results, to go on with.

    It answers as it did before, to the last bit, where processor and BLAS are the same. What it needs of the task, as
    `score` does, it makes anew.

    Args:
        path: the file.
        task: what was learned, a word or a `Task`, where it was made of arrays by another process: then only this one
            has it.
        execute_files: whether files of a user's own that it names are executed, as that of a rule `FILE.py:Name`. Not
            needed where this process has executed them already. A file of somebody else's may name any.

    Raises:
        BadInput: if there is no such file; it is of another version of the format, cut off, damaged, or holds a pickle;
            a weight is missing, is NaN, or is of another shape than the rule has; a class that it names cannot be
            found; or `task` has other columns, labels or scales of inputs. The message says which of these.

    >>> import tempfile
    >>> from pathlib import Path
    >>> import plausible as pl
    >>> fitted = pl.fit("fa", "two-moons[examples=100]", hidden=(8,), epochs=2)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     again = pl.load(fitted.save(Path(folder) / "fa.npz"))
    >>> again.run == fitted.run, bool((again.params["W1"] == fitted.params["W1"]).all())
    (True, True)
    """
    from plausible.api.fitted import Fitted

    require_flag("execute_files", execute_files)
    learned = read(at_home("the file of what was learned", path), execute_files)
    if task is not None:
        from plausible.api import words

        task = words.task(task, learned.run.seed)
        sizes, expected = (task.n_in, task.n_out), (learned.coded.n_in, learned.n_out)
        require(
            sizes == expected, "the columns of x and y of the task", sizes, f"{expected}, as were learned"
        )
        if difference := task.coded.differs(learned.coded):
            raise BadInput(f"the task {task.name!r} has {difference}: expected the task that was learned")
    return Fitted(learned, learned.status, learned.reason, given=task, execute_files=execute_files)

"""Keys of rules in a user's own files, which may do anything at their top level. Oracle: what is computed changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.suite.test_keys_follow import RULE, code

GAIN = "def f():\n    return {}\n"
NEVER = "def f():\n    return 9\n"
TRY = "try:\n    from fast import f\nexcept ImportError:\n    from slow import f"
HELD = "class S:\n    gain = 0\n"
PUT = "T = {{}}\ndef put(x):\n    T['g'] = x\nmade = put({})"
TAKES = "T = dict()\ndef cache(f):\n    T['g'] = f\n    return f\n"
BRANCHES: dict[
    str, tuple[str, str, dict[str, str]]
] = {  # imports, body, other files; one `{}` is 1 and then 2
    "an import for want of another": (TRY, "return f()", {"slow": GAIN}),
    "an import where another fails": (
        TRY,
        "return f()",
        {"slow": GAIN, "fast": f"raise ImportError\n{NEVER}"},
    ),
    "a module where another fails": (
        "try:\n    import fast as k\nexcept ImportError:\n    import slow as k",
        "return k.f()",
        {"slow": GAIN, "fast": f"raise ImportError\n{NEVER}"},
    ),
    "in a function": (
        "",
        TRY.replace("\n", "\n        ") + "\n        return f()",
        {"slow": GAIN, "fast": NEVER},
    ),
    "in a branch": (
        "USE = False\nif USE:\n    from fast import f\nelse:\n    from slow import f",
        "return f()",
        {"slow": GAIN, "fast": NEVER},
    ),
    "a name that is imported twice": (
        "from slow import f\ng = f\nfrom fast import f",
        "return g()",
        {"slow": GAIN, "fast": NEVER},
    ),
    "another method's own import": (
        "from slow import f",
        "return f()\n    def other(self):\n        from fast import f\n        return f()",
        {"slow": GAIN, "fast": NEVER},
    ),
    "a call that is assigned": (
        "import patch\nfrom helper import T",
        "return T['g']",
        {
            "helper": "T = dict()\ndef put(x):\n    T['g'] = x\n",
            "patch": "import helper\nold = helper.put({})\n",
        },
    ),
    "a call of one's own that is assigned": ("from helper import T", "return T['g']", {"helper": PUT}),
    "setdefault": (
        "from helper import T",
        "return T['g']",
        {"helper": "T = {{}}\nold = T.setdefault('g', {})"},
    ),
    "update": ("from helper import T", "return T['g']", {"helper": "T = {{}}\nold = T.update(g={})"}),
    "two targets": (
        "import patch\nfrom helper import S",
        "return S.gain",
        {"helper": HELD, "patch": "from helper import S\nS.gain, other = {}, 4\n"},
    ),
    "a chain of targets": (
        "import patch\nfrom helper import S",
        "return S.gain",
        {"helper": HELD, "patch": "from helper import S\nX = S.gain = {}\n"},
    ),
    "unless it is the main program": (
        "from helper import G",
        "return G",
        {"helper": "if __name__ != '__main__':\n    G = {}\n"},
    ),
    "TYPE_CHECKING or more": (
        "from helper import G",
        "return G",
        {"helper": "from typing import TYPE_CHECKING\nif TYPE_CHECKING or True:\n    G = {}\n"},
    ),
    "TYPE_CHECKING of one's own": (
        "from helper import G",
        "return G",
        {"helper": "TYPE_CHECKING = True\nif TYPE_CHECKING:\n    G = {}\n"},
    ),
    "the body of a class": (
        "import patch\nfrom helper import S",
        "return S.gain",
        {"helper": HELD, "patch": "import helper\nclass Conf:\n    helper.S.gain = {}\n"},
    ),
    "a decorator that is called cache": (
        "import patch\nfrom helper import T",
        "return T['g']()",
        {"helper": TAKES, "patch": f"from helper import cache\n@cache\n{GAIN}"},
    ),
    "the default of an argument": (
        "import patch\nfrom helper import T",
        "return T[0]",
        {"helper": "T = []\n", "patch": "from helper import T\ndef f(x=T.append({})):\n    return x\n"},
    ),
    "subclasses": (
        "import patch\nfrom helper import S",
        "return S.__subclasses__()[0].gain",
        {"helper": HELD, "patch": "from helper import S\nclass K(S):\n    gain = {}\n"},
    ),
    "subclasses that another file makes": (
        "import patch\nfrom helper import S",
        "return S.__subclasses__()[0].gain",
        {
            "helper": HELD,
            "patch": "import deep\n",
            "deep": "from helper import S\nclass K(S):\n    gain = {}\n",
        },
    ),
    "a base class that nobody names": (
        "import patch\nfrom helper import S",
        "return S.gain",
        {
            "helper": f"{HELD}class B:\n    def __init_subclass__(cls):\n        S.gain = cls.g\n",
            "patch": "from helper import B\nclass K(B):\n    g = {}\n",
        },
    ),
    "an assignment in a comprehension": (
        "from helper import G",
        "return G",
        {"helper": "L = [G := {} for _ in range(1)]\n"},
    ),
    "a docstring": ("from helper import f", "return f.__doc__", {"helper": "def f():\n    '''{}'''\n"}),
    "getattr": (
        "import helper",
        "return getattr(helper, 'g' + 'ain')",
        {"helper": "from slow import *\n", "slow": "gain = {}\n"},
    ),
    "a name that a function makes global": (
        "import helper",
        "helper.load()\n        return helper.f()",
        {"helper": "def load():\n    global f\n    from slow import f\n", "slow": GAIN},
    ),
}


@pytest.mark.parametrize("how", BRANCHES)
def test_what_a_users_file_does_in_any_way_is_in_the_key(how: str, tmp_path: Path) -> None:
    """The top level of a file of one's own may change what a rule computes, in ways that names do not show."""
    imports, body, files = BRANCHES[how]
    (changing,) = (name for name, text in files.items() if text.format(1) != text.format(2))
    made = code(
        tmp_path,
        mine=RULE.format(imports, body),
        **{name: text.format(1) if name == changing else text for name, text in files.items()},
    )
    before = made()
    (tmp_path / f"{changing}.py").write_text(files[changing].format(2))
    assert made().differences(before) == [f"the code of {changing}.py changed"]


PLAIN = """
from __future__ import annotations
import math
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING
import numpy as np
from plausible.networks.inits import Uniform
if TYPE_CHECKING:
    from elsewhere import Nothing

GAINS = {"g": 2 * math.pi, "h": (1, -2)}
START = Uniform(0.5)
WIDTHS: list[int] = [2**n for n in range(3)]
GRID = np.linspace(0, 1, 5)

@dataclass(frozen=True)
class Held:
    gain: float = 1.0
    parts: list[float] = field(default_factory=list)

    @property
    def twice(self) -> float:
        return 2 * self.gain

@lru_cache(8)
def used(*given):
    return 1

def idle(x=GAINS["g"]):
    return x

if __name__ == "__main__":
    print(idle())
"""


@pytest.mark.parametrize(
    ("old", "new"), [("return x", "return -x"), ("1, -2", "1, -3"), ("gain: float = 1", "gain: float = 2")]
)
def test_of_a_file_that_only_defines_the_rest_is_in_no_key(old: str, new: str, tmp_path: Path) -> None:
    assert PLAIN.count(old) == 1
    made = code(tmp_path, helper=PLAIN, mine=RULE.format("from helper import used", "return used(*given)"))
    before = made()
    (tmp_path / "helper.py").write_text(PLAIN.replace(old, new))
    assert made() == before
    (tmp_path / "helper.py").write_text(PLAIN.replace("return 1", "return 2"))
    assert made().differences(before) == ["the code of helper.py changed"]

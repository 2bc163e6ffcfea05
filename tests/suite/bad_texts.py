"""Texts that cannot be read, or not as their writer meant: numbers, names, lists, options within options."""

from __future__ import annotations

from tests.suite.bad import QUICK, Bad

READ_OTHERWISE = [
    *(
        Bad(f"compare --init '{text}'", "cannot be read: expected a name, or one such as")
        for text in ("gaussian()",)
    ),
    *(
        Bad(f"compare --init '{text}'", f"unknown init '{text}': did you mean 'gaussian'?")
        for text in ("gaussian(0.1", "gaussian(", "gaussian(0.1)x", "gaussian(0.1))")
    ),
    Bad("compare --init gaussian(0_1)", "one in digits alone"),
    Bad("compare --hidden 4_0", "--hidden is '4_0'"),
    Bad("compare --batch 1_0", "--batch is '1_0': expected a number in digits alone"),
    Bad("run accuracy --limit 1_0", "--limit is '1_0': expected a number in digits alone"),
    Bad("compare --optimiser sgd[rate=1_0]", "digits alone"),
    Bad("compare --rules equilibrium-propagation[free=euler(2_0,0.1)]", "cannot be read"),
    Bad("compare --out ''", "--out is '': expected a path"),
    Bad("export accuracy --folder ''", "--folder is '': expected a path"),
    Bad("figure accuracy --out ''", "--out is '': expected a path"),
    Bad("figure accuracy --format svg,svg", "svg once"),
    Bad("clean --yes", "expected --all"),
    Bad("clean --execute-files", "expected --all"),
    Bad("compare --limit 1e-320", "at least 0.001"),
    Bad("run accuracy --scale smoke --memory 0.25", "at least 1"),
    Bad(f"{QUICK} --rules {{here}}/text_weight.py:Mine", "weight 'W1' that init returns is 'str'"),
    Bad(f"{QUICK} --rules {{here}}/number_key.py:Mine", "the name of a weight that init returns is 1"),
    Bad(f"{QUICK} --rules {{here}}/object_weight.py:Mine", "array of dtype object"),
    Bad(f"{QUICK} --rules {{here}}/list_weights.py:Mine", "a dictionary of weights"),
]

PAIRS = "square and round brackets in pairs"
LISTS = [
    *(
        Bad(f"{QUICK} --rules '{rules}'", f"--rules is '{rules}': expected one name or more, with one comma")
        for rules in ("backprop,,fa", "backprop,", ",backprop", "backprop, ,fa", " ", "fa[feedback=he],,fa")
    ),
    Bad("figure accuracy --format svg,,png", "--format is 'svg,,png'"),
    Bad("figure accuracy --format svg,", "--format is 'svg,'"),
    Bad("figures --format ,svg", "--format is ',svg'"),
    Bad("compare --hidden 8,,8", "--hidden is '8,,8'"),
    Bad("compare --hidden ''", "--hidden is ''"),
    *(
        Bad(f"{QUICK} --rules 'backprop@{optimiser}'", f"cannot be read: expected {expected}")
        for optimiser, expected in [
            ("sgd[rate=0.1]]", PAIRS),
            ("sgd[[rate=0.1]", PAIRS),
            ("sgd[rate=0.1", PAIRS),
            ("sgd]rate=0.1[", PAIRS),
            ("sgd[rate=0.1)]", PAIRS),
            ("sgd[rate=0.1]x", "name or name[option=value,...]"),
            ("sgd[rate=0.1][momentum=0.9]", "name or name[option=value,...]"),
            ("sgd[]", "option=value"),
            ("sgd[ ]", "option=value"),
            ("sgd[,]", "option=value"),
            ("sgd[rate=]", "option=value"),
            ("sgd[=0.1]", "option=value"),
            ("sgd[rate=0.1,]", "option=value"),
            ("sgd[rate=0.1,,momentum=0.9]", "option=value"),
        ]
    ),
    Bad("compare --rules fa[feedback=he,backprop", PAIRS),
    Bad("compare --rules fa[feedback=)he(]", PAIRS),
    Bad("compare --rules fa[feedback=he][feedback=zero]", "expected name or name[option=value,...]"),
    Bad("compare --optimiser sgd[rate=0.1]]", PAIRS),
    Bad("compare --optimiser sgd[rate=0.1],adam", "expected name or name[option=value,...]"),
    Bad("compare --task two-moons[examples=100]]", PAIRS),
    Bad("compare --task two-moons[]", "expected option=value"),
    Bad("check fa[feedback=he]]", PAIRS),
    Bad("check fa[]", "expected option=value"),
]

NESTED = [
    *(
        Bad(f"compare --optimiser '{optimiser}'", told)
        for optimiser, told in [
            (
                "decay[inner=adma]",
                "option inner of optimiser 'decay' is 'adma': expected an optimiser, such as",
            ),
            ("decay[inner=0.1]", "is 0.1: expected an optimiser"),
            ("decay[inner=adam[rat=1]]", "unknown option 'rat' of optimiser 'adam': did you mean 'rate'"),
            ("decay[inner=adam[rate=-1]]", "learning rate is -1.0"),
            ("decay[inner=adam[rate=0.1]", PAIRS),
            ("decay[inner=adam[]]", "expected option=value"),
            ("decay[names=()]", "a tuple of patterns"),
            ("grouped[groups=((b*,0.1))]", "expected values in round brackets, such as (a, b)"),
            ("grouped[groups=(b*,sgd)]", "expected values in round brackets"),
            ("sgd[rate=cosine]", "schedule 'cosine' cannot be made"),
            ("sgd[rate=cosine[start=-1,steps=9]]", "learning rate is -1.0"),
            ("sgd[rate=cosine(0.1,9,0,0)]", "expected at most 3 arguments"),
            ("sgd[rate=adam]", "is 'adam': expected a number or a schedule"),
            ("{here}/[x], y/no.py:Mine[rate=1]", "[x], y/no.py' is not there"),
            ("decay[inner={here}/rule.py:Mine]", "expected an optimiser"),
            ("decay[inner={here}/rule.py:Mien]", "did you mean 'Mine'"),
        ]
    ),
    Bad("compare --rules fa[feedback=uniform[limit=-1]]", "limit of a uniform distribution is -1.0"),
    Bad("compare --rules fa[feedback=uniform[limt=1]]", "did you mean 'limit'"),
    Bad(
        "compare --rules pc[settling=fixed-point[rate=0.5]]",
        "unknown option 'rate' of relaxation 'fixed-point'",
    ),
    Bad("compare --rules pc[settling=euler[steps=many]]", "is 'many': expected a whole number"),
    Bad(
        "compare --network mlp[hidden=a]",
        "is 'a': expected values in round brackets, such as (a, b), each a whole",
    ),
    Bad("compare --network mlp[activation=rlu]", "expected an activation, such as relu"),
    Bad("compare --task '{here}/a [x], y/t.py:mine[size=2]'", "a [x], y/t.py' is not there"),
    Bad("compare --task '{here}/task.py:mine[size=\"6\"]'", "expected a whole number"),
    Bad(f"{QUICK} --out ~nobody-at-all/x", "--out is '~nobody-at-all/x': expected a path"),
    Bad("export accuracy --folder ~nobody-at-all/x", "--folder is '~nobody-at-all/x': expected a path"),
    Bad("figure accuracy --out ~nobody-at-all/x", "--out is '~nobody-at-all/x': expected a path"),
    Bad("compare --task ~nobody-at-all/t.py:mine", "~nobody-at-all"),
    Bad(QUICK, "PLAUSIBLE_RESULTS is '~nobody-at-all/x'", {"PLAUSIBLE_RESULTS": "~nobody-at-all/x"}),
    Bad(
        "compare --task mnist", "PLAUSIBLE_DATA is '~nobody-at-all/x'", {"PLAUSIBLE_DATA": "~nobody-at-all/x"}
    ),
]

NAMES = [
    Bad("run nosuch", "unknown study 'nosuch': expected one of"),
    Bad("run nosuch --only x", "which plausible list studies shows"),
    Bad("compare --rules nosuch", "unknown rule 'nosuch': expected one of"),
    Bad("compare --task digitz", "did you mean 'digits'? expected one of digits or another of"),
    Bad("compare --task nosuch", "which plausible list tasks shows"),
    Bad("compare --rules falign", "did you mean 'feedback-alignment'?"),
    Bad("compare --activation sigmoid", "unknown activation 'sigmoid': did you mean 'logistic'?"),
    Bad("check nosuch", "unknown name 'nosuch': expected one of"),
    Bad("check logistc", "expected one of logistic or another of"),
    Bad("audit nosuch", "which plausible list rules shows"),
    Bad("figure nosuch", "which plausible list figures shows"),
    Bad("verify nosuch", "which plausible list figures shows"),
    Bad("compare --rules {here}/rule.py:Mein", "expected one of Mine"),
    Bad("quarantine", "given without a command: expected list or restore"),
    Bad("figure {here}/broken.parquet", "cannot be read (broken.parquet is no table)"),
    Bad(
        "figure {here}/missing.parquet",
        "missing.parquet' is not there: expected one that plausible export wrote",
    ),
    Bad("verify {here}/broken.parquet", "cannot be read (broken.parquet is no table): export it anew"),
    Bad(
        "verify {here}/missing.parquet",
        "missing.parquet' is not there: expected one that plausible export wrote",
    ),
    Bad("figure ''", "figure is '': expected a name or a path"),
    Bad("verify ''", "table is '': expected a name or a path"),
]
WORDS = [
    Bad("compare --window 5 --task two-moons", "shows single examples: expected no window"),
    Bad("compare --html -", "--html is '-': expected a file"),
    Bad(
        "compare --probes alignment,alignment",
        "the list of probes is 'alignment,alignment': expected each once",
    ),
    Bad("compare --task two-moons[examples=1000000000000]", "(MemoryError: Unable to allocate"),
    Bad("compare --task two-moons[examples=1000000000000] --seeds 1", "expected what fits into memory"),
    Bad("report accuracy --latex --markdown", "--latex and --markdown are given: expected one of them"),
    Bad("report --all", "--all without --html is given: expected both, or neither"),
    Bad("report accuracy feedback", "the studies are 'accuracy feedback': expected one"),
]
TEXTS = [*READ_OTHERWISE, *NAMES, *WORDS, *LISTS, *NESTED]

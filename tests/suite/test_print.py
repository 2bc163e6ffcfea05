"""Figures and tables for print: widths, a dark look, fonts, LaTeX and Markdown.

Oracle: WCAG 2.1's definition of contrast; PDF's names of fonts (32000-1, 9.6); the grammar of LaTeX's tables.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb
from matplotlib.lines import Line2D
from matplotlib.text import Text
from PIL import Image

from plausible.errors import BadInput
from plausible.plotting import committed
from plausible.plotting.dark import GROUND, contrast, darkened, pictures, turned
from plausible.plotting.findings import INCOMPLETE, NOTHING_YET
from plausible.plotting.frame import COLUMN, PAGE, as_wide_as, finished, sheet
from plausible.plotting.style import STYLES
from plausible.printing import latex, markdown
from plausible.printing.html import table as html
from plausible.printing.table import Column, Table
from plausible.site.told import told
from plausible.study.store.tables import tables
from tests.processes import PATIENCE, started
from tests.suite.command import command, computed
from tests.suite.drawings import written
from tests.suite.hostile import GOOD
from tests.suite.quick import QUICK
from tests.suite.test_legible import unreadable

SHOWN = ("accuracy", "kunin2020", "plausibility", "stdp_windows")  # rows, curves, a picture, panels


@pytest.mark.parametrize("name", SHOWN)
def test_as_wide_as_a_page_all_is_legible_and_the_same_again(name: str, tmp_path: Path) -> None:
    figure, source = committed.drawn(name, "page")
    assert figure.get_size_inches()[0] == PAGE
    assert [wrong for wrong in unreadable(figure, written(figure)[1]) if "points" not in wrong] == []
    assert all(one.size >= 6 - 1e-9 for one in written(figure)[1])
    kinds = ["svg", "pdf", "csv"]
    first, again = (committed.draw(name, kinds, tmp_path / part, "page", "dark") for part in "ab")
    assert [file.name for file in first] == [f"{name}-page-dark.{kind}" for kind in kinds]
    assert [file.read_bytes() for file in first] == [file.read_bytes() for file in again]
    assert first[2].read_text() == source.to_csv(index=False, float_format="%.4g")
    pdf = first[1].read_bytes()
    assert b"/Subtype /Type3" not in pdf
    assert b"/FontFile2" in pdf  # TrueType


@pytest.mark.parametrize("name", SHOWN)
def test_in_the_dark_all_texts_and_lines_are_seen(name: str) -> None:
    figure, _ = committed.drawn(name, look="dark")
    on_pictures = {id(each) for axes in figure.axes if pictures(axes) for each in axes.texts}
    for text in figure.findobj(Text):
        if text.get_text().strip() and text.get_visible() and id(text) not in on_pictures:
            assert contrast(text.get_color(), GROUND) >= 4.5, text
    for axes in figure.axes:
        for line in (each for each in axes.lines if isinstance(each, Line2D) and not pictures(axes)):
            assert contrast(line.get_color(), GROUND) >= 1.3, line  # separators are faint in the light, too
    assert figure.get_facecolor()[:3] == pytest.approx(
        [int(GROUND[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    )


def test_every_rule_is_seen_in_the_dark_and_keeps_its_hue() -> None:
    for colour, _ in STYLES.values():
        assert contrast(turned(colour), GROUND) >= 3
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)  # the guidelines' own example
    red, green, blue, _ = turned("#332288")  # indigo, which is too dark
    assert blue > red > green
    assert turned((0, 0, 1, 0.3))[3] == 0.3
    light = [turned(str(grey))[0] for grey in (0.0, 0.25, 0.5, 0.75, 1.0)]
    assert light == sorted(light, reverse=True)


def test_in_the_dark_a_grid_stays_faint_and_ticks_are_seen() -> None:
    """As in the light: the line at 0 stands out from its ground many times as far as the grid does."""

    def apart(colour: object, opaque: float | None, ground: str) -> float:
        mixed = [
            (opaque or 1) * one + (1 - (opaque or 1)) * other
            for one, other in zip(to_rgb(colour), to_rgb(ground), strict=True)  # type: ignore[arg-type]
        ]
        return contrast(mixed, ground) - 1

    for look, ground in (("light", "white"), ("dark", GROUND)):
        figure, _ = committed.drawn("accuracy", look=look)
        figure.draw_without_rendering()
        axes = figure.axes[0]
        zero = next(line for line in axes.lines if [*line.get_xdata()] == [0, 0])
        stands = apart(zero.get_color(), zero.get_alpha(), ground)
        for each in axes.xaxis.get_gridlines():
            assert 0.1 < apart(each.get_color(), each.get_alpha(), ground) < stands / 10
        for each in axes.xaxis.get_ticklines():
            assert apart(each.get_color(), each.get_alpha(), ground) + 1 >= 4.5


def test_a_refusal_of_a_figure_names_no_class_of_ours() -> None:
    ours = committed.undrawn("accuracy", Path("x.parquet"), BadInput("no column 'rule'"))
    assert "(no column 'rule')" in str(ours)
    assert "(KeyError: 'rule')" in str(committed.undrawn("accuracy", Path("x.parquet"), KeyError("rule")))


def test_a_dark_figure_is_dark(tmp_path: Path) -> None:
    with sheet(COLUMN, 1.0) as figure:
        figure.subplots().plot([0, 1], [0, 1], color="black")
        finished(figure, "A line rises", "one seed")
    (tmp_path / "x.png").write_bytes(darkened(figure)._repr_png_())  # type: ignore[attr-defined]
    pixels = np.asarray(Image.open(tmp_path / "x.png").convert("L"), float)
    assert np.median(pixels) < 30
    assert pixels.max() > 200


def test_a_width_lasts_as_long_as_its_context() -> None:
    with as_wide_as("page"), sheet(COLUMN, 1.0) as wide:
        pass
    with sheet(COLUMN, 1.0) as figure:
        pass
    assert (wide.get_size_inches()[0], figure.get_size_inches()[0]) == (PAGE, COLUMN)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["--width", "pge"], "did you mean 'page'"), (["--style", "drak"], "did you mean 'dark'")],
)
def test_another_width_or_style_is_refused(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    ended = command("figure", "accuracy", *arguments, "--out", str(tmp_path), capsys=capsys)
    assert (ended.code, ended.err.count("\n")) == (2, 1)
    assert said in ended.err
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("name", ["accuracy", "feedback", "kunin2020"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_values_that_are_no_numbers_are_drawn_as_missing(name: str, value: float, tmp_path: Path) -> None:
    table = pd.read_parquet(tables()[name])
    table.assign(value=value).to_parquet(tmp_path / f"{name}.parquet")
    figure, _ = committed.drawn(str(tmp_path / f"{name}.parquet"))
    assert figure.get_suptitle() in (NOTHING_YET, INCOMPLETE)
    some = table.value.copy()
    some.iloc[0] = value
    table.assign(value=some).to_parquet(tmp_path / f"{name}.parquet")
    assert committed.drawn(str(tmp_path / f"{name}.parquet")).figure.axes


HOSTILE = (
    r"\input{/etc/passwd}",
    "a_b & c % d # $e$ {f} ~g^h",
    "<script>alert(1)</script>",
    '"><img src=x>',
    "../../x",
)
SIGNS = "± × ≤ ≥ → − ° ² Δ σ λ ω – … é ᵀ"


def hostile() -> Table:
    """A table whose texts mean something to LaTeX, to Markdown and to HTML."""
    table = Table(
        "Title_1 & <b>",
        [Column("rule_x", words=True), Column("test-{0} %"), Column("test %")],
        caption="50 %",
    )
    for text in HOSTILE:
        table.add(text, "97.1 ± 0.2", "–", note="lost | runs")
    table.add(SIGNS, "1", "2")
    return table


def test_latex_is_well_formed_and_nothing_in_it_is_obeyed() -> None:
    made = latex.latex(hostile())
    bare = re.sub(r"\\(?:[&%$#_{}\\]|[A-Za-z]+\*?)", "", made)  # without what is escaped, and commands
    depth = 0
    for letter in bare:
        depth += (letter == "{") - (letter == "}")
        assert depth >= 0
    assert depth == 0
    assert bare.count("$") % 2 == 0
    assert not set("#_~%") & set(bare)
    body = made.partition(r"\midrule")[2].partition(r"\bottomrule")[0]
    rows = [row for row in body.split(r"\\") if row.strip()]
    assert len(rows) == len(HOSTILE) + 1
    assert all(len(re.findall(r"(?<!\\)&", row)) == 2 for row in rows)
    known = r"begin|end|centering|footnotesize|setlength|tabcolsep|raggedright|raggedleft|arraybackslash|allowbreak|"
    known += r"caption|toprule|midrule|bottomrule|text(backslash|less|greater|bar|quotedbl|ascii\w+)"
    signs = r"pm|times|leq|geq|rightarrow|circ|Delta|sigma|lambda|omega|ldots|top"
    for name in re.findall(r"\\([A-Za-z]+)", made):
        assert re.fullmatch(f"{known}|{signs}", name), name
    assert made.isascii() or {*filter(lambda c: not c.isascii(), made)} == {"é"}


def test_a_long_table_goes_on_over_pages() -> None:
    table = Table(
        "many", [Column("rule", words=True), Column("n")], rows=[(f"r{n}", f"{n}") for n in range(60)]
    )
    assert r"\begin{longtable}{lr}" in latex.latex(table)
    assert r"\begin{table}" in latex.latex(Table("one", table.columns, rows=table.rows[:1]))


def test_a_title_that_ends_a_sentence_gets_no_second_stop() -> None:
    """As the question of a study, which the title of its table is."""
    for title, said in (("One", "One. two"), ("One.", "One. two"), ("Why?", "Why? two")):
        made = latex.latex(Table(title, [Column("n")], rows=[("1",)], caption="two"))
        assert rf"\caption{{{said}}}" in made


LONG_NAME = "predictive-coding[settling=euler(200,0.2,tolerance=1e-6),variance=10]@adam"


def wide(rows: int = 2) -> Table:
    """A table of many columns with long names, which no page holds beside one another."""
    heads = [
        "test [95 %]",
        "middle half of the seeds",
        "less backprop [95 %]",
        "better with probability",
        "n",
    ]
    table = Table(
        "wide", [Column("task", words=True), Column("rule", words=True), *map(Column, heads)], keys=2
    )
    for n in range(rows):
        table.add("digits[split=seed], 128-128, tanh", LONG_NAME, "97.06 [96.58, 97.36]", "97.1",
                  "-0.58 [-0.96, -0.31]", "0.30 [0.17, 0.48]", f"{n}")  # fmt: skip
    return table


@pytest.mark.parametrize("rows", [2, 60])
def test_a_wide_table_comes_in_parts_that_have_its_names_and_all_of_its_cells(rows: int) -> None:
    made = latex.latex(wide(rows))
    bodies = re.findall(r"\\begin\{(?:tabular|longtable)\}", made)
    assert len(bodies) > 1
    joined = made.replace(r"\allowbreak{}", "").replace("{-}", "-")
    assert joined.count(LONG_NAME) == len(bodies) * rows
    for cell in ("97.06 [96.58, 97.36]", "-0.58 [-0.96, -0.31]", "0.30 [0.17, 0.48]"):
        assert joined.count(cell) == rows
    assert made.count(r"\caption{wide}") == 1


TEX = next(filter(None, map(shutil.which, ("pdflatex", "tectonic", "lualatex"))), None)


@pytest.mark.skipif(TEX is None, reason="no TeX is installed: none of pdflatex, tectonic, lualatex")
def test_latex_compiles(tmp_path: Path) -> None:
    """With the packages that the first line names, and no others."""
    page = latex.page([hostile(), wide(), wide(60)])
    head = "\\documentclass{article}" + page.partition("\n")[0].removeprefix("% ") + "\\begin{document}"
    text = f"{head}\n{page}\n\\end{{document}}\n"
    (tmp_path / "x.tex").write_text(text)
    with started([str(TEX), "x.tex"], cwd=tmp_path) as process:
        told, _ = process.communicate(timeout=PATIENCE)
    assert not process.returncode, told
    assert (tmp_path / "x.pdf").exists()
    assert "Overfull" not in told  # nothing leaves the page


def test_markdown_has_as_many_cells_and_escapes() -> None:
    lines = markdown.markdown(hostile()).splitlines()
    rows = [line for line in lines if line.startswith("|")]
    assert len(rows) == 2 + len(HOSTILE) + 1
    assert all(len(re.findall(r"(?<!\\)\|", row)) == 4 for row in rows)
    assert not re.search(r"(?<!\\)[<_*`]", "".join(rows))


def test_one_source_gives_the_same_numbers_in_all_kinds() -> None:
    shown = Table(
        "t", [Column("rule", words=True), Column("a"), Column("b")], rows=[("x", "97.1 ± 0.2", "0.003")]
    )
    texts = [latex.latex(shown).replace(r"$\pm$", "±"), markdown.markdown(shown), html(shown)]
    for text in texts:
        assert "97.1 ± 0.2" in text
        assert "0.003" in text


def test_the_command_prints_a_report_as_latex_and_as_markdown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], store: object
) -> None:
    from tests.suite.hostile import STUDY

    (tmp_path / "mine.py").write_text(STUDY)
    computed([QUICK, GOOD], store)  # type: ignore[arg-type]
    given = (f"{tmp_path / 'mine.py'}", "--scale", "smoke")
    plain = command("report", *given, capsys=capsys)
    tex, md = (command("report", *given, kind, capsys=capsys) for kind in ("--latex", "--markdown"))
    assert (plain.code, tex.code, md.code) == (0, 0, 0)
    assert tex.out.startswith("% \\usepackage[T1]{fontenc}\\usepackage{array,booktabs,longtable}\n")
    numbers = re.findall(r"\d\.\d+", plain.out)
    assert numbers
    for text in (tex.out, md.out):
        assert {*numbers} <= {*re.findall(r"\d\.\d+", text)}
    ended = command("report", *given, "--latex", "--json", capsys=capsys)
    assert (ended.code, "expected one of them" in ended.err) == (2, True)


@pytest.mark.parametrize("kind", ["latex", "markdown"])
def test_where_nothing_is_stored_the_committed_table_is_told(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The means of the study's page, which are those of its table; a scale that is not there is still an error."""
    monkeypatch.setenv("PLAUSIBLE_RESULTS", str(tmp_path))
    ended = command("report", "clark2021", f"--{kind}", capsys=capsys)
    (one,) = told(["clark2021"])
    assert ended.code == 0
    assert "committed table" in ended.err
    printed = {float(number) for number in re.findall(r"\d+\.\d\d", ended.out)}
    means = 100 * one.beside["mean"].to_numpy()
    assert all(min(abs(mean - number) for number in printed) < 0.0051 for mean in means)
    ended = command("report", "clark2021", f"--{kind}", "--scale", "none", capsys=capsys)
    assert ended.code == 2
    assert "unknown scale 'none'" in ended.err

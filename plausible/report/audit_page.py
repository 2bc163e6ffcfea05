"""An audit as one page of HTML that needs no other file: the matrix, differences, and the evidence of each cell."""

from __future__ import annotations

from collections.abc import Sequence

from jinja2 import Environment

from plausible.plausibility.audit import MARKS, Audited
from plausible.printing.words import visible
from plausible.report.plausibility import differences, literature, mark

TEMPLATE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{{ title }}</title>
<style>
body { font-family: sans-serif; margin: 2em auto; max-width: 75em; padding: 0 1em; color: #222; }
table { border-collapse: collapse; margin: 1em 0; }
th, td { border: 1px solid #ccc; padding: 0.2em 0.5em; text-align: left; vertical-align: top; }
thead th { font-weight: normal; }
.matrix td { text-align: center; }
.present { background: #f4c7b8; } .partly { background: #f9e3b4; } .removed { background: #c9e6d3; }
.untraceable { background: #ddd; } .not-applicable { background: #f6f6f6; }
</style>
</head>
<body>
<h1>{{ title }}</h1>
<table class="matrix">
<thead><tr><th>rule</th>{% for criticism in criticisms %}<th>{{ criticism }}</th>{% endfor %}</tr></thead>
<tbody>
{% for audited in audits %}<tr><th><a href="#rule-{{ loop.index }}">{{ audited.rule | shown }}</a></th>
{%- for each in audited.measured %}<td class="{{ each.cell.verdict | replace(" ", "-") }}" title="{{ each.cell.verdict }}: {{ each.cell.evidence | shown }}">{{ mark(each) }}</td>{% endfor %}</tr>
{% endfor %}</tbody>
</table>
<p>{% for verdict, sign in marks.items() %}{{ sign }} {{ verdict }}{% if not loop.last %}, {% endif %}{% endfor %};
! claimed otherwise, * said otherwise in the literature</p>
{% if differing %}<h2>Claimed otherwise</h2>
<ul>{% for line in differing %}<li>{{ line | shown }}</li>{% endfor %}</ul>{% endif %}
{% for audited in audits %}<details{% if audits | length == 1 %} open{% endif %} id="rule-{{ loop.index }}"><summary>{{ audited.rule | shown }}</summary>
<table>
<thead><tr><th>criticism</th><th>measured</th><th>value</th><th>evidence</th><th>provenance</th><th>intervention</th><th>claimed</th><th>literature</th><th>explained</th></tr></thead>
<tbody>
{% for each in audited.measured %}<tr><th>{{ each.criticism }}</th><td class="{{ each.cell.verdict | replace(" ", "-") }}">{{ each.cell.verdict }}</td>
<td>{% if each.cell.value is not none %}{{ "%.3g" | format(each.cell.value) }}{% endif %}</td>
{%- for text in (each.cell.evidence, each.cell.provenance, each.cell.intervention, each.claimed, literature(each), "" if each.agrees else each.explained) %}<td>{{ text | shown }}</td>{% endfor %}</tr>
{% endfor %}</tbody>
</table>
</details>
{% endfor %}</body>
</html>
"""  # noqa: E501


def page(audits: Sequence[Audited]) -> str:
    """The page; every text is escaped, control characters are shown, and nothing is loaded from elsewhere."""
    environment = Environment(autoescape=True)
    environment.filters["shown"] = lambda text: visible(text, keep="\n")
    template = environment.from_string(TEMPLATE)
    names = [each.criticism for each in audits[0].measured]
    title = f"Plausibility of {audits[0].rule if len(audits) == 1 else f'{len(audits)} rules'}, measured"
    return template.render(
        title=visible(title), audits=audits, criticisms=names, marks=MARKS, mark=mark, literature=literature,
        differing=differences(audits),
    )  # fmt: skip

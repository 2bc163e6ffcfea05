"""An audit as one page of HTML that needs no other file: the matrix, differences, and the evidence of each cell."""

from __future__ import annotations

from collections.abc import Sequence

from plausible.plausibility.audit import MARKS, Audited
from plausible.printing.words import visible
from plausible.report.html import asset, environment
from plausible.report.plausibility import differences, literature, mark

TEMPLATE = """{% extends "base.html" %}
{% block content %}
<div class="scroll" role="region" aria-label="{{ title }}" tabindex="0">
<table class="matrix">
<caption>{{ title }}</caption>
<thead><tr><th scope="col">rule</th>{% for criticism in criticisms %}<th scope="col">{{ criticism }}</th>{% endfor %}</tr></thead>
<tbody>
{% for audited in audits %}<tr><th scope="row"><a href="#rule-{{ loop.index }}">{{ audited.rule | shown }}</a></th>
{%- for each in audited.measured %}<td class="{{ each.cell.verdict | replace(" ", "-") }}" title="{{ each.cell.verdict }}: {{ each.cell.evidence | shown }}">{{ mark(each) }}</td>{% endfor %}</tr>
{% endfor %}</tbody>
</table>
</div>
<p>{% for verdict, sign in marks.items() %}{{ sign }} {{ verdict }}{% if not loop.last %}, {% endif %}{% endfor %};
! claimed otherwise, * said otherwise in the literature</p>
{% if differing %}<h2>Claimed otherwise</h2>
<ul>{% for line in differing %}<li>{{ line | shown }}</li>{% endfor %}</ul>{% endif %}
{% for audited in audits %}<details{% if audits | length == 1 %} open{% endif %} id="rule-{{ loop.index }}"><summary>{{ audited.rule | shown }}</summary>
<div class="scroll" role="region" aria-label="{{ audited.rule | shown }}" tabindex="0">
<table>
<caption>{{ audited.rule | shown }}</caption>
<thead><tr>{% for head in ("criticism", "measured", "value", "evidence", "provenance", "intervention", "claimed", "literature", "explained") %}<th scope="col">{{ head }}</th>{% endfor %}</tr></thead>
<tbody>
{% for each in audited.measured %}<tr><th scope="row">{{ each.criticism }}</th><td class="{{ each.cell.verdict | replace(" ", "-") }}">{{ each.cell.verdict }}</td>
<td>{% if each.cell.value is not none %}{{ "%.3g" | format(each.cell.value) }}{% endif %}</td>
{%- for text in (each.cell.evidence, each.cell.provenance, each.cell.intervention, each.claimed, literature(each), "" if each.agrees else each.explained) %}<td>{{ text | shown }}</td>{% endfor %}</tr>
{% endfor %}</tbody>
</table>
</div>
</details>
{% endfor %}
{% endblock %}
"""  # noqa: E501


def page(audits: Sequence[Audited]) -> str:
    """The page; every text is escaped, control characters are shown, and nothing is loaded from elsewhere."""
    template = environment().from_string(TEMPLATE)
    names = [each.criticism for each in audits[0].measured]
    title = f"Plausibility of {audits[0].rule if len(audits) == 1 else f'{len(audits)} rules'}, measured"
    return template.render(
        title=visible(title), audits=audits, criticisms=names, marks=MARKS, mark=mark, literature=literature,
        differing=differences(audits), style=asset("style.css"), script="", alone=True, up="",
    )  # fmt: skip

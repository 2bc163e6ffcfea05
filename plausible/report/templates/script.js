// Tables that one sorts by a click on a head and filters by words and choices. Without it, tables are whole.
"use strict";
(() => {
  const OPEN = 5; // choices that stand there at once; more are folded
  const word = (cell) => (cell.dataset.word || cell.textContent).trim();
  const order = new Intl.Collator("en", { numeric: true });

  function sorted(table, heads, at) {
    const up = heads[at].getAttribute("aria-sort") !== "ascending";
    heads.forEach((head) => head.removeAttribute("aria-sort"));
    heads[at].setAttribute("aria-sort", up ? "ascending" : "descending");
    const value = (row) => {
      const given = row.cells[at].dataset.value;
      return given === undefined ? word(row.cells[at]) : Number(given);
    };
    const less = (a, b) => {
      if (typeof a !== typeof b) return typeof a === "number" ? -1 : 1;
      if (typeof a === "string") return up ? order.compare(a, b) : order.compare(b, a);
      const known = Number.isFinite(a) - Number.isFinite(b);
      return known !== 0 ? -known : Number.isFinite(a) ? (up ? a - b : b - a) : 0;
    };
    const rows = [...table.tBodies[0].rows].map((row) => [value(row), row]);
    rows.sort((one, other) => less(one[0], other[0]));
    table.tBodies[0].append(...rows.map((pair) => pair[1]));
  }

  function labelled(text, field) {
    const label = document.createElement("label");
    const words = document.createElement("span");
    words.textContent = text;
    label.append(words, field);
    return label;
  }

  function choice(rows, at) {
    const field = document.createElement("select");
    const words = [...new Set(rows.map((row) => word(row.cells[at])))].sort(order.compare);
    field.append(new Option("all", ""), ...words.map((each) => new Option(each || "(none)", "=" + each)));
    return field;
  }

  function controls(grid) {
    const table = grid.querySelector("table");
    const heads = [...table.tHead.rows[0].cells];
    const rows = [...table.tBodies[0].rows];
    const names = heads.map((head) => head.textContent.trim());
    heads.forEach((head, at) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      button.addEventListener("click", () => sorted(table, heads, at));
      head.append(button);
    });
    if (rows.length < 2) return;
    const text = document.createElement("input");
    text.type = "search";
    const count = document.createElement("output");
    count.setAttribute("aria-live", "polite");
    const chosen = heads.flatMap((head, at) => ("choose" in head.dataset ? [[at, choice(rows, at)]] : []));
    const texts = rows.map((row) => [...row.cells].map(word).join(" ").toLowerCase());
    const filter = () => {
      const parts = text.value.toLowerCase().split(/\s+/).filter(Boolean);
      let left = 0;
      rows.forEach((row, number) => {
        const fits = parts.every((part) => texts[number].includes(part))
          && chosen.every(([at, field]) => !field.value || "=" + word(row.cells[at]) === field.value);
        row.hidden = !fits;
        left += fits;
      });
      count.textContent = left + " of " + rows.length + " rows";
    };
    const all = [labelled("words in a row", text), ...chosen.map(([at, field]) => labelled(names[at], field))];
    const bar = document.createElement("div");
    bar.className = "controls";
    bar.append(...all.slice(0, OPEN));
    if (all.length > OPEN) {
      const more = document.createElement("details");
      const summary = document.createElement("summary");
      const inside = document.createElement("div");
      summary.textContent = "filter by other columns";
      inside.append(...all.slice(OPEN));
      more.append(summary, inside);
      bar.append(more);
    }
    bar.append(count);
    grid.prepend(bar);
    text.addEventListener("input", filter);
    chosen.forEach(([, field]) => field.addEventListener("change", filter));
    filter();
  }

  document.querySelectorAll(".grid").forEach(controls);
})();

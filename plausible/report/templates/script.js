// Tables that one sorts by a click on a head and filters by words and choices. Without it, tables are whole.
"use strict";
(() => {
  const OPEN = 5; // choices that stand there at once; more are folded
  const PART = 200; // rows that are laid out at once, as the template has it: a browser takes seconds for thousands
  const word = (cell) => (cell.dataset.word || cell.textContent).trim();
  const order = new Intl.Collator("en", { numeric: true });

  function sorted(grid, heads, at) {
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
    const rows = grid.rows.map((row) => [value(row), row]);
    rows.sort((one, other) => less(one[0], other[0]));
    grid.rows = rows.map((pair) => pair[1]);
    grid.show();
  }

  function labelled(text, field) {
    const label = document.createElement("label");
    const words = document.createElement("span");
    words.textContent = text;
    label.append(words, field);
    return label;
  }

  function button(text, pressed) {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = text;
    made.addEventListener("click", pressed);
    return made;
  }

  const parts = (cell, head) => (head.dataset.choose === "several" ? word(cell).split("; ") : [word(cell)]);

  function choice(rows, head, at) {
    const field = document.createElement("select");
    const words = [...new Set(rows.flatMap((row) => parts(row.cells[at], head)))].sort(order.compare);
    field.append(new Option("all", ""), ...words.map((each) => new Option(each || "(none)", "=" + each)));
    return field;
  }

  // What a table shows: those of its rows that fit, in their order, as many of them as are asked for.
  function shownRows(table) {
    const [body, rest] = table.tBodies;
    const rows = [...table.tBodies].flatMap((each) => [...each.rows]);
    if (rest) rest.remove();
    const grid = { rows, fits: () => true, most: PART, told: () => {} };
    grid.show = () => {
      const fitting = grid.rows.filter(grid.fits);
      const shown = fitting.slice(0, grid.most);
      body.replaceChildren(...shown);
      grid.told(fitting.length, shown.length);
      table.dispatchEvent(new CustomEvent("shown", { bubbles: true, detail: fitting }));
    };
    return grid;
  }

  function folded(fields) {
    const more = document.createElement("details");
    const summary = document.createElement("summary");
    const inside = document.createElement("div");
    summary.textContent = "filter by other columns";
    inside.append(...fields);
    more.append(summary, inside);
    return more;
  }

  // Choices of which columns are shown: one that all of its views are chosen for.
  function views(place, heads, rows, changed) {
    const given = JSON.parse(place.dataset.views ?? "[]");
    const fields = given.map(([, options]) => {
      const field = document.createElement("select");
      field.append(...options.map(([text, shown]) => new Option(text, shown)));
      return field;
    });
    const change = () => {
      const chosen = new Set(fields.flatMap((field) => field.value.split(" ")));
      heads.forEach((head, at) => {
        const hidden = !(head.dataset.views ?? "").split(" ").filter(Boolean).every((view) => chosen.has(view));
        [head, ...rows.map((row) => row.cells[at])].forEach((cell) => { cell.hidden = hidden; });
      });
      changed();
    };
    fields.forEach((field) => field.addEventListener("change", change));
    return fields.map((field, at) => labelled(given[at][0], field));
  }

  function controls(place) {
    const table = place.querySelector("table");
    const heads = [...table.tHead.rows[0].cells];
    const names = heads.map((head) => head.textContent.trim());
    const grid = shownRows(table);
    const rows = [...grid.rows];
    heads.forEach((head, at) => {
      const made = button("", () => sorted(grid, heads, at));
      made.append(...head.childNodes);
      head.append(made);
    });
    if (rows.length < 2) return;
    const text = document.createElement("input");
    text.type = "search";
    const count = document.createElement("output");
    count.setAttribute("aria-live", "polite");
    const chosen = heads.flatMap((head, at) => ("choose" in head.dataset ? [[at, choice(rows, head, at)]] : []));
    const texts = new Map(); // of rows, once they are searched
    const words = (row) => {
      if (!texts.has(row)) texts.set(row, [...row.cells].filter((cell) => !cell.hidden).map(word).join(" ").toLowerCase());
      return texts.get(row);
    };
    const more = button("more rows", () => { grid.most += 5 * PART; grid.show(); });
    const filter = () => {
      const sought = text.value.toLowerCase().split(/\s+/).filter(Boolean);
      grid.fits = (row) => sought.every((part) => words(row).includes(part))
        && chosen.every(([at, field]) => !field.value || parts(row.cells[at], heads[at]).includes(field.value.slice(1)));
      grid.most = PART;
      grid.show();
    };
    grid.told = (fitting, shown) => {
      count.textContent = fitting + " of " + rows.length + " rows" + (shown < fitting ? ", the first " + shown + " shown" : "");
      more.hidden = shown === fitting;
    };
    const viewed = views(place, heads, rows, () => { // what cannot be seen filters nothing
      texts.clear();
      chosen.forEach(([at, field]) => {
        field.parentElement.hidden = heads[at].hidden;
        if (heads[at].hidden) field.value = "";
      });
      filter();
    });
    const all = [labelled("words in a row", text), ...chosen.map(([at, field]) => labelled(names[at], field))];
    const bar = document.createElement("div");
    bar.className = "controls";
    bar.append(...viewed, ...all.slice(0, OPEN));
    if (all.length > OPEN) bar.append(folded(all.slice(OPEN)));
    bar.append(count, more);
    place.prepend(bar);
    text.addEventListener("input", filter);
    chosen.forEach(([, field]) => field.addEventListener("change", filter));
    filter();
    viewed[0]?.querySelector("select").dispatchEvent(new Event("change"));
  }

  const all = () => document.querySelectorAll(".grid").forEach(controls);
  document.addEventListener("renewed", all);
  all();
})();

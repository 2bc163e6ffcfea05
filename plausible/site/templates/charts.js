// Charts that follow a table: they show the rows that it shows, and a point leads to the page of its rule.
// The script that draws is large: it is asked for when the first chart comes near, so that the page is there before.
"use strict";
(() => {
  const NEAR = "300px"; // below what is seen
  const PLOTLY = new URL("plotly.min.js", document.currentScript.src).href;
  const AT = { task: 1, family: 2, gap: 3, low: 4, high: 5, left: 6, cost: 7 }; // columns of the table
  // Families have the colour and the shape at their place, which starts anew at the end of each list: as the lengths, 10 and
  // 11, have no common divisor, 110 families differ.
  const SHAPES = ["circle", "square", "diamond", "triangle-up", "cross", "x", "star", "pentagon", "hexagon", "triangle-down"];
  const COLOURS = ["#0072B2", "#D55E00", "#009E73", "#AA4499", "#B8860B", "#56B4E9", "#CC6677", "#999933", "#44AA99", "#8C6BB1", "#7F7F7F"];
  const plain = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
  const value = (row, name) => Number(row.cells[AT[name]].dataset.value);
  const text = (row, at) => row.cells[at].textContent.trim();

  function traces(rows, x, families) {
    return families.map((family, at) => {
      const mine = rows.filter((row) => text(row, AT.family) === family);
      const gaps = mine.map((row) => value(row, "gap"));
      return {
        name: plain(family), type: "scatter", mode: "markers", x: mine.map((row) => value(row, x)), y: gaps,
        error_y: { type: "data", symmetric: false, thickness: 1, width: 0,
          array: mine.map((row, n) => value(row, "high") - gaps[n]), arrayminus: mine.map((row, n) => gaps[n] - value(row, "low")) },
        marker: { size: 10, symbol: SHAPES[at % SHAPES.length], color: COLOURS[at % COLOURS.length] },
        customdata: mine.map((row) => row.cells[0].querySelector("a")?.getAttribute("href") ?? ""),
        hovertext: mine.map((row) => [
          "<b>" + plain(text(row, 0)) + "</b> on " + plain(text(row, AT.task)),
          text(row, AT.gap) + " points below backprop [" + text(row, AT.low) + ", " + text(row, AT.high) + "]",
          text(row, AT.left) + " objections left, " + text(row, AT.cost) + " times backprop's multiply-adds",
        ].join("<br>")),
        hoverinfo: "text",
      };
    }).filter((trace) => trace.x.length);
  }

  function layout(chart) {
    const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
    const narrow = chart.clientWidth < 600; // the names of families take more lines, below the title of the axis
    const axis = { gridcolor: colour("--line"), zerolinecolor: colour("--quiet"), automargin: true };
    return {
      paper_bgcolor: colour("--paper"), plot_bgcolor: colour("--paper"), font: { color: colour("--ink"), size: 14 },
      margin: { l: 50, r: 10, t: 10, b: 50 }, height: narrow ? 500 : 430, hovermode: "closest",
      legend: { orientation: "h", y: narrow ? -0.3 : -0.25 },
      hoverlabel: { bgcolor: colour("--shade"), font: { color: colour("--ink") } },
      xaxis: { ...axis, title: { text: chart.dataset.title, standoff: 8 }, ...(chart.dataset.x === "cost" ? { type: "log", dtick: "D2" } : { dtick: 1 }) },
      yaxis: { ...axis, title: { text: "points of accuracy below backprop" } },
    };
  }

  // Does something once, when the first of some elements comes near what is seen and the script that draws is there.
  function near(charts, then) {
    const watching = new IntersectionObserver((seen) => {
      if (!seen.some((each) => each.isIntersecting)) return;
      watching.disconnect();
      const script = document.createElement("script");
      script.src = PLOTLY;
      script.addEventListener("load", then);
      script.addEventListener("error", () => charts.forEach((chart) => { chart.hidden = true; }));
      document.head.append(script);
    }, { rootMargin: NEAR });
    charts.forEach((chart) => watching.observe(chart));
  }

  function follow(place) {
    const charts = [...place.querySelectorAll(".chart")];
    const first = [...place.querySelectorAll("tbody tr")];
    const families = [...new Set(first.map((row) => text(row, AT.family)))].sort();
    let rows = [];
    const draw = () => charts.forEach((chart) => {
      Plotly.react(chart, traces(rows, chart.dataset.x, families), layout(chart), { displayModeBar: false, responsive: true });
      chart.dataset.points = rows.length;
    });
    const heed = () => charts.forEach((chart) => chart.on("plotly_click", (event) => {
      const goal = event.points[0].customdata;
      if (goal) location.href = goal;
    }));
    let ready = false;
    place.addEventListener("shown", (event) => { // the first one as soon as the table is ready
      rows = event.detail;
      if (ready) draw();
    });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { if (ready) draw(); });
    near(charts, () => {
      ready = true;
      draw();
      heed();
    });
  }

  document.querySelectorAll(".linked").forEach(follow);
})();

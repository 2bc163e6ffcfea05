// Brings the page up to date when the server has something new to tell.
"use strict";
(() => {
  const EVERY = 2000; // milliseconds
  let stamp = document.currentScript.dataset.stamp;

  async function renew() {
    const told = await fetch("stamp");
    if (!told.ok) return;
    const now = await told.text();
    if (now === stamp || document.activeElement.matches("main input, main select")) return;
    const page = await (await fetch("./")).text();
    const read = new DOMParser().parseFromString(page, "text/html");
    document.querySelector("main").replaceWith(read.querySelector("main"));
    stamp = now;
    document.dispatchEvent(new Event("renewed"));
  }

  async function forever() {
    try {
      await renew();
    } catch {
      document.querySelector("[role=status]").textContent = "The server does not answer any more: this is what was seen last.";
    }
    setTimeout(forever, EVERY);
  }
  setTimeout(forever, EVERY);
})();

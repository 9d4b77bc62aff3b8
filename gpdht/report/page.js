"use strict";
(() => {
  const options = {
    ast: true, // expressions are interpreted: the page's policy forbids compiling text
    renderer: "svg",
    actions: {export: true, source: false, compiled: false, editor: false},
  };

  const draw = async (box) => {
    if (box.dataset.drawn || box.clientWidth === 0) return;
    box.dataset.drawn = "yes";
    const spec = JSON.parse(document.getElementById(box.dataset.spec).textContent);
    try {
      await vegaEmbed(box, spec, options);
    } catch (error) {
      box.textContent = `This chart could not be drawn (${error.message}).`;
      console.error(error);
    }
  };

  const drawIn = async (part) => {
    for (const box of part.querySelectorAll(".chart")) {
      await draw(box);
      await new Promise((done) => setTimeout(done)); // the page stays responsive
    }
  };

  // A wheel over a chart scrolls the page, unless the chart was clicked or tabbed into.
  for (const box of document.querySelectorAll(".chart.zooms")) {
    box.tabIndex = 0;
    const away = (event) => {
      if (!box.contains(document.activeElement)) event.stopPropagation();
    };
    for (const kind of ["wheel", "touchstart", "touchmove"]) {
      box.addEventListener(kind, away, {capture: true, passive: true});
    }
  }

  for (const choice of document.querySelectorAll(".choice")) {
    const parts = choice.querySelectorAll(":scope > .option");
    choice.querySelector("select").addEventListener("change", (event) => {
      parts.forEach((part, i) => { part.hidden = i !== event.target.selectedIndex; });
      const shown = parts[event.target.selectedIndex];
      window.dispatchEvent(new Event("resize")); // of what was drawn in another width
      drawIn(shown);
    });
  }

  for (const details of document.querySelectorAll("details")) {
    details.addEventListener("toggle", () => { if (details.open) drawIn(details); });
  }

  drawIn(document);
})();

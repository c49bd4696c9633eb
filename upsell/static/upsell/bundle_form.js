// The form of a bundle: hides what its kind does not use. Without it everything is there.
"use strict";
(() => {
  const USED = {
    fixed: ["reward_kind", "reward", "complete_within_days"],
    mix: ["units", "reward_kind", "reward"],
    breaks: ["max_units"],
    bogo: ["units", "got_units", "reward_kind", "reward", "cheaper"],
  };
  const OWN = ["units", "got_units", "reward_kind", "reward", "max_units", "cheaper", "complete_within_days"];

  function show(kind) {
    const used = USED[kind];
    if (!used) {
      return;
    }
    document.querySelector(".upsell-beside").dataset.kind = kind; // the style sheet hides parts of rows by it
    for (const name of OWN) {
      const inLine = document.querySelector(`.fieldBox.field-${name}`);
      // Beside others in a line, the help stands behind the box, in the same wrapping.
      const whole = inLine ? inLine.parentElement : document.querySelector(`.form-row.field-${name}`);
      if (whole) {
        whole.hidden = !used.includes(name) && !whole.querySelector(".errorlist");
      }
    }
    const units = document.querySelector(".form-row.field-units");
    if (units) {
      units.hidden = !used.includes("units") && !units.querySelector(".errorlist");
    }
    const breaks = document.querySelector("[data-upsell-inline=breaks]");
    if (breaks) {
      breaks.hidden = kind !== "breaks" && !breaks.querySelector(".errorlist");
    }
  }

  document.addEventListener("DOMContentLoaded", () => {
    const kind = document.querySelector("#id_kind");
    if (!kind) {
      return;
    }
    show(kind.value);
    kind.addEventListener("change", () => show(kind.value));
  });
})();

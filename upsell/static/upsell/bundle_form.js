// The form of a bundle: hides what its kind does not use, and works the preview out anew while one types. Without it
// everything is there, and "Preview" opens a page of its own.
"use strict";
(() => {
  const USED = {
    fixed: ["reward_kind", "reward"],
    mix: ["units", "reward_kind", "reward"],
    breaks: ["max_units"],
    bogo: ["units", "got_units", "reward_kind", "reward", "cheaper"],
  };
  const OWN = ["units", "got_units", "reward_kind", "reward", "max_units", "cheaper"];

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

  function preview(form, target) {
    let waiting = 0;
    let asked = 0;
    async function ask() {
      asked += 1;
      const mine = asked;
      try {
        const response = await fetch(target.dataset.address, {
          method: "POST",
          body: new FormData(form),
          headers: { "X-Requested-With": "XMLHttpRequest" },
        });
        if (response.ok && mine === asked) {
          target.innerHTML = await response.text();
        }
      } catch {
        // What is shown stays; the next change asks again.
      }
    }
    const later = () => {
      clearTimeout(waiting);
      waiting = setTimeout(ask, 600);
    };
    form.addEventListener("input", later);
    form.addEventListener("change", later);
    django.jQuery(form).on("change", later); // select2 tells jQuery only
    const button = form.querySelector("[data-upsell-preview]");
    if (button) {
      button.addEventListener("click", (event) => {
        event.preventDefault();
        ask();
      });
    }
  }

  document.addEventListener("DOMContentLoaded", () => {
    const kind = document.querySelector("#id_kind");
    const target = document.querySelector("#upsell-preview");
    if (!kind || !target) {
      return;
    }
    show(kind.value);
    kind.addEventListener("change", () => show(kind.value));
    preview(kind.form, target);
  });
})();

// The form of an upgrade offer: shows what its kind uses, and the steps of the ladder that is chosen. Without it
// everything is there, and steps stand in groups under their ladder.
"use strict";
(() => {
  const OWN = { special: ["reward_kind", "reward", "window_minutes"], owned: ["within_days"] };

  function show(kind) {
    const used = OWN[kind];
    if (!used) {
      return;
    }
    for (const name of Object.values(OWN).flat()) {
      const inLine = document.querySelector(`.fieldBox.field-${name}`);
      // Beside others in a line, the help stands behind the box, in the same wrapping.
      const whole = inLine ? inLine.parentElement : document.querySelector(`.form-row.field-${name}`);
      if (whole) {
        whole.hidden = !used.includes(name) && !whole.querySelector(".errorlist");
        for (const box of whole.querySelectorAll("input")) {
          if (whole.hidden) {
            box.value = ""; // what nobody sees must not be refused
          }
        }
      }
    }
  }

  // A select keeps all its steps in mind, and offers those of one ladder.
  function stepsOf(select) {
    const ladders = JSON.parse(select.dataset.upsellLadders);
    const whole = select.cloneNode(true);
    return (ladder) => {
      const chosen = select.value;
      const kept = [];
      for (const option of whole.querySelectorAll("option")) {
        if (!option.value || !ladder || String(ladders[option.value]) === ladder) {
          kept.push(option.cloneNode(true));
        }
      }
      if (ladder) {
        select.replaceChildren(...kept);
      } else {
        select.replaceChildren(...Array.from(whole.children, (child) => child.cloneNode(true)));
      }
      select.value = chosen;
      if (select.selectedIndex < 0) {
        select.value = "";
      }
      return ladders;
    };
  }

  document.addEventListener("DOMContentLoaded", () => {
    const kind = document.querySelector("#id_kind");
    const ladder = document.querySelector("#id_ladder");
    const steps = ["#id_to_tier", "#id_from_tier"].map((id) => document.querySelector(id));
    if (!kind || !ladder || !steps.every(Boolean)) {
      return;
    }
    show(kind.value);
    kind.addEventListener("change", () => show(kind.value));
    const narrow = steps.map(stepsOf);
    const narrowAll = () => narrow.forEach((one) => one(ladder.value));
    narrowAll();
    ladder.addEventListener("change", narrowAll);
    for (const step of steps) {
      const ladders = JSON.parse(step.dataset.upsellLadders);
      step.addEventListener("change", () => {
        if (step.value && !ladder.value) {
          ladder.value = String(ladders[step.value]);
          narrowAll();
        }
      });
    }
  });
})();

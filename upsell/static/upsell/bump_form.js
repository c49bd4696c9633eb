// The form of a bump: a condition shows what its kind asks for. Without it everything is there, and what a kind does not
// ask for is left empty.
"use strict";
(() => {
  // Beside others in a line, the help stands behind the box, in the same wrapping.
  const boxOf = (row, name) => {
    const inLine = row.querySelector(`.fieldBox.field-${name}`);
    return inLine ? inLine.parentElement : row.querySelector(`.form-row.field-${name}`);
  };

  // What nobody sees must not be refused.
  function empty(box, name) {
    for (const field of box.querySelectorAll("input, select")) {
      if (field.type === "checkbox") {
        field.checked = false;
      } else if (field.tagName === "SELECT") {
        django.jQuery(field).val(field.multiple ? [] : "").trigger("change.select2");
      } else {
        field.value = name === "units" ? "1" : "";
      }
    }
  }

  function show(row, used, isChange) {
    const kind = row.querySelector("select[name$=-kind]");
    const names = kind && used[kind.value];
    if (!names) {
      return;
    }
    for (const name of new Set(Object.values(used).flat())) {
      const box = boxOf(row, name);
      if (box) {
        box.hidden = !names.includes(name) && !box.querySelector(".errorlist");
        if (box.hidden && isChange) {
          empty(box, name);
        }
      }
    }
    for (const line of row.querySelectorAll(".form-row")) {
      const boxes = Array.from(line.querySelectorAll(".fieldBox"), (box) => box.parentElement);
      if (boxes.length > 1) {
        line.hidden = boxes.every((box) => box.hidden);
      }
    }
  }

  document.addEventListener("DOMContentLoaded", () => {
    const conditions = document.querySelector("[data-upsell-conditions]");
    if (!conditions) {
      return;
    }
    const used = JSON.parse(conditions.dataset.upsellConditions);
    const showAll = () => {
      for (const row of conditions.querySelectorAll(".inline-related")) {
        show(row, used, false);
      }
    };
    showAll();
    document.addEventListener("formset:added", showAll);
    conditions.addEventListener("change", (event) => {
      if (event.target.name && event.target.name.endsWith("-kind")) {
        show(event.target.closest(".inline-related"), used, true);
      }
    });
  });
})();

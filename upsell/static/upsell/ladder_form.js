// The form of a ladder: steps change places by dragging. Without it the number of a step says its place.
"use strict";
(() => {
  const rowsOf = (ladder) =>
    Array.from(ladder.querySelectorAll(".inline-related:not(.empty-form)"));

  // A row that nothing was chosen for keeps no number: it would not count as empty any more.
  function number(ladder) {
    let place = 0;
    for (const row of rowsOf(ladder)) {
      const box = row.querySelector("input[name$=-position]");
      const product = row.querySelector("select[name$=-product]");
      if (box && product && product.value) {
        place += 1;
        box.value = place;
      }
    }
  }

  // A row that moves loses whatever it had captured, so the document listens while one is held.
  function hold(ladder, row, changed) {
    const move = (event) => {
      for (const other of rowsOf(ladder)) {
        const box = other.getBoundingClientRect();
        if (other !== row && event.clientY > box.top && event.clientY < box.bottom) {
          const isBelow = event.clientY > box.top + box.height / 2;
          other.parentElement.insertBefore(row, isBelow ? other.nextSibling : other);
          break;
        }
      }
    };
    const drop = () => {
      document.removeEventListener("pointermove", move);
      document.removeEventListener("pointerup", drop);
      document.removeEventListener("pointercancel", drop);
      row.classList.remove("upsell-held");
      number(ladder);
      changed();
    };
    row.classList.add("upsell-held");
    document.addEventListener("pointermove", move);
    document.addEventListener("pointerup", drop);
    document.addEventListener("pointercancel", drop);
  }

  function addHandles(ladder, changed) {
    for (const row of rowsOf(ladder)) {
      if (row.querySelector(".upsell-handle")) {
        continue;
      }
      const handle = document.createElement("span");
      handle.className = "upsell-handle";
      handle.title = ladder.dataset.handle;
      handle.setAttribute("aria-hidden", "true"); // the number does the same by keyboard
      handle.textContent = "⠿";
      row.querySelector("h3, .inline_label")?.prepend(handle);
      handle.addEventListener("pointerdown", (event) => {
        event.preventDefault();
        hold(ladder, row, changed);
      });
    }
  }

  document.addEventListener("DOMContentLoaded", () => {
    const ladder = document.querySelector("[data-upsell-ladder]");
    if (!ladder) {
      return;
    }
    const changed = () => ladder.dispatchEvent(new Event("change", { bubbles: true })); // the preview listens
    addHandles(ladder, changed);
    document.addEventListener("formset:added", () => addHandles(ladder, changed));
  });
})();

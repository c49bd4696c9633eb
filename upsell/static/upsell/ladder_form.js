// The form of a ladder: steps change places by dragging, and the comparison is drawn anew while one types. Without it
// the number of a step says its place, and "Preview" opens a page of its own.
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
    return later;
  }

  document.addEventListener("DOMContentLoaded", () => {
    const ladder = document.querySelector("[data-upsell-ladder]");
    const target = document.querySelector("#upsell-preview");
    const button = document.querySelector("[data-upsell-preview]");
    if (!ladder || !target || !button) {
      return;
    }
    const changed = preview(button.form, target);
    addHandles(ladder, changed);
    document.addEventListener("formset:added", () => addHandles(ladder, changed));
  });
})();

// The preview beside a form, worked out anew while one types. Without it "Preview" opens a page of its own.
"use strict";
(() => {
  function preview(form, target) {
    let waiting = 0;
    let asked = 0;
    async function ask() {
      asked += 1;
      const mine = asked;
      const sent = new FormData(form);
      for (const [name, value] of Array.from(sent)) {
        if (value instanceof File) {
          sent.delete(name); // pictures show once they are saved
        }
      }
      try {
        const response = await fetch(target.dataset.address, {
          method: "POST",
          body: sent,
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
    const target = document.querySelector("#upsell-preview");
    const button = document.querySelector("[data-upsell-preview]");
    if (target && button) {
      preview(button.form, target);
    }
  });
})();

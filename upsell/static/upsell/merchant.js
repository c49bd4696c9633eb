// Gives the boxes that select2 draws the names of their labels, which it forgets. Runs behind Django's autocomplete.js,
// which draws them in the same way, those of rows that are added later, too.
"use strict";
function nameBoxes(root) {
  for (const select of root.querySelectorAll("select.admin-autocomplete")) {
    const label = document.querySelector(`label[for="${select.id}"]`);
    const box = select.nextElementSibling;
    if (!label || !box) {
      continue;
    }
    const name = label.textContent.replace(/:\s*$/, "").trim();
    for (const part of box.querySelectorAll("[role=combobox], [role=textbox]")) {
      part.setAttribute("aria-label", name);
    }
  }
}
django.jQuery(() => nameBoxes(document));
document.addEventListener("formset:added", (event) => nameBoxes(event.target));

// Saves a page load where a widget's form would do one, and keeps the sum of a set in step with its ticks.
// Nothing depends on it: without script every form posts, and the server leads back.
(() => {
  "use strict";

  const once = () => Array.from(crypto.getRandomValues(new Uint8Array(9)), (byte) => byte.toString(16)).join("");

  // --- the running sum: the server wrote one for every choice of ticks --------------------------------------------

  const sum = (form) => {
    const line = form.querySelector("[data-upsell-sums]");
    if (!line) return;
    const sums = JSON.parse(line.dataset.upsellSums);
    const ticks = form.querySelectorAll('input[type="checkbox"][name="product"]');
    const chosen = Array.from(ticks).reduce((bits, tick, place) => bits | (tick.checked ? 1 << place : 0), 0);
    line.querySelector(".upsell-together-label").textContent = line.dataset.upsellLabel;
    line.querySelector(".upsell-price").textContent = sums[chosen];
  };

  // --- what a set costs as chosen: the server wrote it for every choice --------------------------------------------

  const AMOUNTS = { "upsell-price": "total", "upsell-full": "full", "upsell-saving": "saving" };

  const deal = (form) => {
    const line = form.querySelector("[data-upsell-prices]");
    if (!line) return;
    const chosen = Array.from(form.querySelectorAll("select"), (choice) => choice.value).join(",");
    const [total, now, instead, saving] = JSON.parse(line.dataset.upsellPrices)[chosen] || [""];
    form.elements.total.value = total;
    line.dataset.upsellRule ??= line.textContent;
    if (!total) {
      line.textContent = line.dataset.upsellRule;
      return;
    }
    const parts = { "upsell-price": now, "upsell-full": instead, "upsell-saving": saving };
    line.replaceChildren(
      ...Object.entries(parts).flatMap(([name, text]) => {
        const part = document.createElement("span");
        part.className = name;
        part.dataset.upsellAmount = AMOUNTS[name];
        part.textContent = text;
        return [part, " "];
      }),
    );
  };

  // --- adding without leaving the page ----------------------------------------------------------------------------

  // The page that the server leads back to says what happened; what changed in it is taken over.
  const CHANGED = ["#messages", ".basket-mini", "[data-upsell-refresh]"];

  const takeOver = (page) => {
    for (const selector of CHANGED) {
      const here = document.querySelectorAll(selector);
      const there = page.querySelectorAll(selector);
      if (here.length === there.length) here.forEach((element, place) => element.replaceWith(there[place]));
    }
  };

  const say = (form, page) => {
    const status = form.parentElement.querySelector(".upsell-status");
    if (!status) return;
    const words = Array.from(page.querySelectorAll("#messages .alertinner, [data-upsell-message]"), (alert) => {
      const copy = alert.cloneNode(true);
      copy.querySelectorAll("form, .btn").forEach((extra) => extra.remove());
      return copy.textContent.replace(/\s+/g, " ").trim();
    });
    const undo = page.querySelector(".upsell-undo");
    status.replaceChildren(words.join(" "), ...(undo ? [undo.cloneNode(true)] : []));
  };

  const post = async (form, button) => {
    const body = new URLSearchParams(new FormData(form, button));
    button.disabled = true;
    try {
      const response = await fetch(form.action, { method: "POST", body, credentials: "same-origin" });
      if (!response.ok || new URL(response.url).origin !== location.origin) throw new Error(response.status);
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      if (!page.querySelector("#messages, [data-upsell-message]")) throw new Error("no answer");
      say(form, page);
      takeOver(page);
      if (form.elements.once) form.elements.once.value = once();
      form.querySelectorAll('input[name="product"]:checked').forEach((tick) => { tick.checked = false; });
      sum(form);
    } catch {
      location.reload(); // the answer was lost or is not one that can be taken over: show what is true
    } finally {
      button.disabled = false;
      button.focus();
    }
  };

  // --- the end of a price: the server wrote when, here the last minutes are counted to that very moment ---------------

  const ends = Array.from(document.querySelectorAll("time[data-upsell-until]"));
  const minutesLeft = new Intl.RelativeTimeFormat(document.documentElement.lang || undefined);

  const count = () => {
    for (const end of ends) {
      const minutes = Math.ceil((Date.parse(end.dateTime) - Date.now()) / 60000);
      const left = end.parentElement.querySelector("[data-upsell-left]");
      if (minutes <= 0) end.textContent = end.dataset.upsellOver;
      if (!left) continue;
      left.hidden = minutes <= 0;
      left.textContent = minutes > 0 ? `(${minutesLeft.format(minutes, "minute")})` : "";
    }
    const next = Math.min(...ends.map((end) => Date.parse(end.dateTime) - Date.now()).filter((wait) => wait > 0));
    if (Number.isFinite(next)) setTimeout(count, Math.min(next % 60000 || 60000, 60000) + 20);
  };

  if (ends.length) count();
  window.addEventListener("pageshow", (event) => { if (event.persisted && ends.length) count(); });

  document.addEventListener("submit", (event) => {
    const form = event.target;
    // On the basket's own page everything changes, so that it is loaded as usual.
    const apart = document.querySelector("#messages, [data-upsell-message]") && !document.querySelector("#basket_formset");
    if (!apart || !event.submitter || !form.matches(".upsell-form")) return;
    event.preventDefault();
    post(form, event.submitter);
  });

  document.addEventListener("change", (event) => {
    const form = event.target.closest(".upsell-form");
    if (!form) return;
    sum(form);
    deal(form);
  });

  document.querySelectorAll(".upsell-form").forEach((form) => {
    sum(form);
    deal(form);
  });
})();

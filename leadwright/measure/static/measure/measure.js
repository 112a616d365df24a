// Panels that live ask again every fifteen seconds, but only while somebody can see them.
(() => {
  "use strict";
  const EVERY = 15000;
  let last = Date.now();
  const tick = () => {
    if (document.hidden || Date.now() - last < EVERY - 500 || !window.htmx) return;
    last = Date.now();
    for (const panel of document.querySelectorAll("[data-lw-live]")) window.htmx.trigger(panel, "lw:tick");
  };
  setInterval(tick, EVERY);
  document.addEventListener("visibilitychange", tick);
  // A filter row applies itself; without this script its button does.
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-lw-filters]");
    if (!form || event.target.type === "date") return;
    if (event.target.name === "period") {
      const isOwn = event.target.value === "";
      for (const day of form.querySelectorAll("[data-lw-own]")) {
        day.hidden = !isOwn;
        if (!isOwn) day.querySelector("input").value = "";
      }
      if (isOwn) { form.querySelector("[data-lw-own] input").focus(); return; }
    }
    form.requestSubmit();
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form[data-lw-filters]")) return;
    for (const field of event.target.elements) if (field.name && !field.value) field.disabled = true;
  });
})();

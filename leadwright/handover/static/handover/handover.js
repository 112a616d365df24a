// The queue by keyboard: one key logs what came of it; j and k walk the list.
(() => {
  "use strict";
  const isTyping = (target) => target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable=true]");
  document.addEventListener("keydown", (event) => {
    const queue = document.getElementById("lw-queue");
    if (!queue || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (queue.querySelector(".htmx-request")) return; // another entry is on its way: the key would fall on the wrong one
    if (isTyping(event.target)) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (event.key === "j" || event.key === "k") {
      const entries = [...queue.querySelectorAll("[data-queue-entry]")];
      const here = entries.findIndex((entry) => entry.hasAttribute("aria-current"));
      const next = entries[here + (event.key === "j" ? 1 : -1)];
      if (next) { event.preventDefault(); next.click(); }
      return;
    }
    const button = queue.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    if (!button || button.closest("fieldset").disabled) return;
    event.preventDefault();
    if (event.key === "x" || event.key === "l") queue.querySelector(".lw-queue__more").open = true;
    const reason = queue.querySelector("select[name=reason]");
    if (event.key === "x" && !reason.value) { reason.focus(); return; }
    button.click();
  });
})();

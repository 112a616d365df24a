// Duplicates by keyboard: one key decides; arrows choose the field and which value stays.
(() => {
  "use strict";
  let here = 0;
  const isTyping = (target) => target.closest("input:not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable=true]");
  const rows = (root) => [...root.querySelectorAll("tr[data-choice]")];
  const show = (root) => rows(root).forEach((row, at) => row.classList.toggle("lw-here", at === here));
  document.addEventListener("keydown", (event) => {
    const root = document.getElementById("lw-duplicates");
    if (!root || event.ctrlKey || event.metaKey || event.altKey || event.repeat || isTyping(event.target)) return;
    if (root.querySelector(".htmx-request") || root.classList.contains("htmx-request")) return; // a decision is on its way
    const all = rows(root);
    if (event.key === "ArrowUp" || event.key === "ArrowDown") {
      if (!all.length) return;
      event.preventDefault();
      here = Math.max(0, Math.min(all.length - 1, here + (event.key === "ArrowDown" ? 1 : -1)));
      show(root);
      all[here].scrollIntoView({ block: "nearest" });
    } else if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
      if (!all[here]) return;
      event.preventDefault();
      all[here].querySelectorAll("input[type=radio]")[event.key === "ArrowLeft" ? 0 : 1].checked = true;
    } else {
      const button = root.querySelector(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
      if (!button || button.closest("fieldset:disabled")) return;
      event.preventDefault();
      button.click();
    }
  });
  document.addEventListener("htmx:afterSwap", () => {
    here = 0;
    const root = document.getElementById("lw-duplicates");
    if (root) show(root);
  });
})();

/* The editor of forms: of each question only what its kind has, and the names of questions where a condition asks for one. */
(function () {
  "use strict";
  var ONLY = {
    options: ["choice", "radio", "choices", "rating"], purpose: ["consent"], wording: ["consent"],
    minimum: ["number", "date", "time", "rating"], maximum: ["number", "date", "time", "rating"], increment: ["number"],
    shortest: ["text", "long_text", "phone", "url"], longest: ["text", "long_text", "phone", "url"],
    pattern: ["text", "long_text", "phone", "number"], file_types: ["file"], most_megabytes: ["file"],
    placeholder: ["text", "long_text", "email", "phone", "number", "url", "hidden"],
    "default": ["text", "long_text", "email", "phone", "number", "date", "time", "url", "choice", "radio", "country", "rating", "checkbox"],
    half: ["text", "email", "phone", "number", "date", "time", "url", "choice", "country"],
    maps_to: ["text", "long_text", "email", "phone", "number", "date", "time", "url", "choice", "radio", "choices", "country", "rating", "checkbox", "hidden"]
  };
  function box(control) { return control.closest(".w-panel__wrapper") || control.parentElement; }
  /* What is seldom needed is folded, unless something stands in it. */
  function fold(group) {
    if (group.lwFolded) return;
    group.lwFolded = true;
    var head = group.firstElementChild, rest = Array.prototype.slice.call(group.children, 1), button = document.createElement("button");
    if (!head || !rest.length) return;
    var filled = Array.prototype.some.call(group.querySelectorAll("input, textarea, select"), function (one) {
      if (one.type === "hidden" || one.type === "button" || /most_megabytes$|-asked$/.test(one.name)) return /-asked$/.test(one.name) && one.value !== "always";
      return one.type === "checkbox" ? one.checked : !!one.value;
    });
    function show(open) {
      rest.forEach(function (one) { one.style.display = open ? "" : "none"; });
      button.setAttribute("aria-expanded", String(open));
      button.textContent = (open ? "▾ " : "▸ ") + head.textContent.trim();
    }
    button.type = "button";
    button.className = "button button-small button-secondary";
    button.style.margin = ".2rem 0 .8rem";
    head.hidden = true;
    group.insertBefore(button, head);
    button.addEventListener("click", function () { show(button.getAttribute("aria-expanded") !== "true"); });
    show(filled || !!group.querySelector(".error-message, [aria-invalid=true]"));
  }
  function fit(kind) {
    var start = kind.name.replace(/kind$/, "");
    Object.keys(ONLY).forEach(function (name) {
      var control = document.getElementsByName(start + name)[0];
      if (control) box(control).hidden = ONLY[name].indexOf(kind.value) < 0;
    });
  }
  /* A question is headed by its label, so that it is found when all are folded. */
  function head(label) {
    var child = label.closest("[data-inline-panel-child]"), heading = child && child.querySelector("[data-panel-heading-text]");
    if (!heading) return;
    var said = heading.textContent.trim().split(" · ")[0] + (label.value ? " · " + label.value : "");
    if (heading.textContent.trim() !== said.trim()) heading.textContent = said;
  }
  function each(selector, work) { Array.prototype.forEach.call(document.querySelectorAll(selector), work); }
  function names() {
    var list = document.getElementById("lw-form-questions");
    if (!list) return;
    list.textContent = "";
    each('input[name^="fields-"][name$="-name"]', function (input) {
      if (!input.value) return;
      var option = document.createElement("option");
      option.value = input.value;
      list.appendChild(option);
    });
    each('input[name*="-show_when-"][name$="-question"]', function (input) { input.setAttribute("list", "lw-form-questions"); });
  }
  function look() {
    each("[data-inline-panel-child] .w-panel__wrapper.collapsed", fold);
    each('select[name^="fields-"][name$="-kind"]', fit);
    each('input[name^="fields-"][name$="-label"]', head);
    names();
  }
  document.addEventListener("DOMContentLoaded", function () {
    if (!document.getElementById("lw-contact-fields")) return;
    look();
    document.addEventListener("change", look);
    document.addEventListener("focusin", names);
    new MutationObserver(function (seen) {
      if (seen.some(function (one) { return one.addedNodes.length; })) setTimeout(look, 50);
    }).observe(document.querySelector("form[data-edit-form], main") || document.body, { childList: true, subtree: true });
  });
})();

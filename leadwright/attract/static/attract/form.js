/* Sends a form without leaving the page, so that a mistake keeps what was written and says beside the field what to
   mend. Without this script the form is sent as ever. */
(function () {
  "use strict";
  function clear(form) {
    form.querySelectorAll(".field__error").forEach(function (each) { each.remove(); });
    form.querySelectorAll("[aria-invalid]").forEach(function (each) {
      each.removeAttribute("aria-invalid");
      each.removeAttribute("aria-describedby");
    });
    var box = form.querySelector(".form__errors");
    box.hidden = true;
    box.textContent = "";
  }
  function show(form, errors) {
    var first = null, rest = [];
    Object.keys(errors).forEach(function (name) {
      var field = form.elements[name], said = document.createElement("p");
      if (!field || field.type === "hidden") { rest.push(errors[name]); return; }
      said.className = "field__error";
      said.id = field.id + "-error";
      said.textContent = errors[name];
      field.setAttribute("aria-invalid", "true");
      field.setAttribute("aria-describedby", said.id);
      field.closest(".field").insertAdjacentElement(field.type === "checkbox" ? "afterend" : "beforeend", said);
      first = first || field;
    });
    if (rest.length || !first) {
      var box = form.querySelector(".form__errors");
      box.hidden = false;
      box.textContent = rest.join(" ") || "Something went wrong; please try again.";
    }
    if (first) first.focus();
  }
  function send(event) {
    var form = event.target, button = form.querySelector("button[type=submit]");
    if (!form.matches || !form.matches("form[data-lw-form]") || !window.fetch) return;
    event.preventDefault();
    clear(form);
    button.disabled = true;
    fetch(form.action, {
      method: "POST", headers: { Accept: "application/json" }, body: new URLSearchParams(new FormData(form))
    }).then(function (answer) {
      return answer.json().then(function (said) {
        button.disabled = false;
        if (!said.ok) { show(form, said.errors || {}); return; }
        if (said.next) { location.assign(said.next); return; }
        var thanks = document.createElement("p");
        thanks.className = "lede";
        thanks.setAttribute("role", "status");
        thanks.textContent = said.thanks || "Thank you.";
        form.replaceWith(thanks);
      });
    }).catch(function () {
      button.disabled = false;
      show(form, { "": "This could not be sent. Please check your connection and try again; what you wrote is still here." });
    });
  }
  document.addEventListener("submit", send);
})();

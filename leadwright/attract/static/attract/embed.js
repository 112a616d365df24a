/* Puts forms into other people's pages: <script src="…/t/embed.js" data-form="code" async></script> draws one in its place;
   beside <iframe data-lw-frame="code"> it keeps the frame as high as the form. */
(function (w, d) {
  "use strict";
  var me = d.currentScript || d.querySelector('script[src*="/t/embed.js"]');
  if (!me) return;
  var base = new URL(me.src, location.href);

  function styled() {
    var href = base.origin + "/t/embed.css";
    if (d.querySelector('link[href="' + href + '"]')) return;
    var link = d.createElement("link");
    link.rel = "stylesheet";
    link.href = href;
    d.head.appendChild(link);
  }
  function draw(script) {
    var code = script.getAttribute("data-form"), place = d.createElement("div");
    var asked = new URLSearchParams({ page: location.href, title: script.getAttribute("data-title") || "" });
    if (!code || script.lwDrawn) return;
    script.lwDrawn = true;
    place.className = "lw-embed";
    script.insertAdjacentElement("afterend", place);
    try { if (w.lw && w.lw.id && w.lw.id()) asked.set("v", w.lw.id()); } catch (e) {}
    styled();
    fetch(base.origin + "/t/e/" + encodeURIComponent(code) + ".json?" + asked).then(function (answer) {
      return answer.json().then(function (said) {
        if (!answer.ok) throw new Error(said.error);
        place.innerHTML = said.html;
        w.lwForms.begin(place.querySelector("form"));
      });
    }).catch(function (error) {
      var words = d.createElement("p");
      words.textContent = error.message && !(error instanceof TypeError) ? error.message : "The form could not be loaded. Please reload the page.";
      place.appendChild(words);
    });
  }
  function measured(event) {
    if (event.origin !== base.origin || !event.data || event.data.leadwright !== "height") return;
    Array.prototype.forEach.call(d.querySelectorAll("iframe[data-lw-frame]"), function (frame) {
      var height = +event.data.height;
      if (frame.contentWindow === event.source && height > 0 && height < 20000) frame.style.height = height + "px";
    });
  }
  if (!w.lwMeasures) { w.lwMeasures = true; w.addEventListener("message", measured); }
  function all() { Array.prototype.forEach.call(d.querySelectorAll('script[src*="/t/embed.js"][data-form]'), draw); }
  all();
  if (d.readyState === "loading") d.addEventListener("DOMContentLoaded", all);
})(window, document);

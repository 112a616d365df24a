/* Forms, more comfortable: questions come and go with the answers, steps follow one another, faults are said beside the
   question and keep what was written, and a small proof of work spares people riddles. Without this script a form is sent
   as ever; whatever is decided here is decided again on the server. */
(function (w, d) {
  "use strict";
  if (w.lwForms) return;
  var PARTS = "input, select, textarea";

  function each(list, work) { Array.prototype.forEach.call(list, work); }
  function make(tag, className, text) {
    var made = d.createElement(tag);
    if (className) made.className = className;
    if (text) made.textContent = text;
    return made;
  }
  function store(key, value) {
    try {
      if (value === undefined) return JSON.parse(sessionStorage.getItem(key));
      if (value === null) sessionStorage.removeItem(key); else sessionStorage.setItem(key, JSON.stringify(value));
    } catch (e) { return null; }
  }
  function named(form, name) {
    return Array.prototype.filter.call(form.elements, function (one) { return one.name === name; });
  }

  /* Conditions: as `attract.questions.holds` has them. */
  function same(text) {
    return text.split(/[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/).filter(Boolean).join(" ").toLowerCase();
  }
  /* A number as its sign, the digits before the point and those behind it: of any length, and exact. */
  function number(text) {
    var found = /^([+-]?)(?:0*([0-9]+)(?:[.,]([0-9]*))?|[.,]([0-9]+))$/.exec(text);
    if (!found) return null;
    var whole = (found[2] || "").replace(/^0+/, ""), rest = (found[3] || found[4] || "").replace(/0+$/, "");
    return { minus: found[1] === "-" && whole + rest !== "", whole: whole, rest: rest };
  }
  function larger(a, b) { return a === b ? 0 : a > b ? 1 : -1; }
  function weighed(a, b) {
    if (a.minus !== b.minus) return a.minus ? -1 : 1;
    return (a.minus ? -1 : 1) * (larger(a.whole.length, b.whole.length) || larger(a.whole, b.whole) || larger(a.rest, b.rest));
  }
  function isDay(text) {
    var found = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(text) && text > "0001" ? new Date(text + "T00:00:00Z") : NaN;
    return !isNaN(found) && found.toISOString().slice(0, 10) === text;
  }
  function order(left, right) {
    var a = number(left), b = number(right);
    if (a && b) return weighed(a, b);
    return isDay(left) && isDay(right) ? larger(left, right) : 0;
  }
  function compare(part, given) {
    var wanted = same(part.value);
    given = given.map(same).filter(Boolean);
    function some(test) { return given.some(test); }
    function has(one) { return one.indexOf(wanted) >= 0; }
    switch (part.relation) {
      case "is": return given.indexOf(wanted) >= 0;
      case "is_not": return given.indexOf(wanted) < 0;
      case "contains": return some(has);
      case "contains_not": return !some(has);
      case "is_set": return given.length > 0;
      case "is_empty": return !given.length;
      case "more_than": return some(function (one) { return order(one, wanted) > 0; });
      case "less_than": return some(function (one) { return order(one, wanted) < 0; });
    }
    return false;
  }
  function holds(when, answer) {
    if (!when.parts.length) return true;
    var test = function (part) { return part.parts ? holds(part, answer) : compare(part, answer(part.question)); };
    return when.any ? when.parts.some(test) : when.parts.every(test);
  }
  function answersOf(form) {
    return function (name) {
      return named(form, name).filter(function (one) {
        return !one.disabled && (one.type !== "checkbox" && one.type !== "radio" || one.checked);
      }).reduce(function (all, one) {
        if (one.type !== "file") return all.concat(one.type === "time" ? one.value.slice(0, 5) : one.value);
        return all.concat(Array.prototype.map.call(one.files, function (file) { return file.name; }));
      }, []);
    };
  }
  /* Questions depend on those above them; hidden ones stand at the end. So it is gone through until nothing changes. */
  function weigh(form) {
    var answer = answersOf(form), boxes = form.querySelectorAll("[data-lw-when]"), turns = boxes.length, changed;
    do {
      changed = false;
      each(boxes, function (box) {
        var shows = holds(JSON.parse(box.getAttribute("data-lw-when")), answer);
        if (box.lwShows === shows) return;
        box.lwShows = shows;
        changed = true;
        if (box.type !== "hidden") box.hidden = !shows;
        each(box.matches(PARTS) ? [box] : box.querySelectorAll(PARTS), function (one) {
          one.disabled = !shows;
          if (one.hasAttribute("data-lw-required")) one.required = shows;
        });
      });
    } while (changed && turns--);
  }

  /* Faults. */
  function clear(form) {
    each(form.querySelectorAll(".lw-field__error"), function (one) { one.remove(); });
    each(form.querySelectorAll("[aria-invalid]"), function (one) {
      one.removeAttribute("aria-invalid");
      var rest = (one.getAttribute("aria-describedby") || "").split(" ").filter(function (id) { return !/-error$/.test(id); });
      if (rest[0]) one.setAttribute("aria-describedby", rest.join(" ")); else one.removeAttribute("aria-describedby");
    });
    var box = form.querySelector(".lw-form__errors");
    box.hidden = true;
    box.textContent = "";
  }
  function say(control, box, sentence) {
    var said = make("p", "lw-field__error", sentence), group = control.closest("fieldset");
    said.id = control.id + "-error";
    control.setAttribute("aria-invalid", "true");
    control.setAttribute("aria-describedby", [said.id, control.getAttribute("aria-describedby")].filter(Boolean).join(" "));
    if (group) group.querySelector("legend").insertAdjacentElement("afterend", said);
    else if (control.type === "checkbox") control.closest(".lw-option").insertAdjacentElement("afterend", said);
    else control.insertAdjacentElement("beforebegin", said);
  }
  function show(form, errors) {
    var first = null, rest = [], names = Object.keys(errors);
    names.forEach(function (name) {
      var control = named(form, name).filter(function (one) { return one.type !== "hidden"; })[0];
      var box = control && control.closest(".lw-field");
      if (!box) { rest.push(errors[name]); return; }
      say(control, box, errors[name]);
      first = first || control;
    });
    var box = form.querySelector(".lw-form__errors");
    if (rest.length || !first || names.length > 1) {
      box.hidden = false;
      box.textContent = rest.join(" ") || (first ? names.length + " answers need another look." :
        "Something went wrong; please try again.");
    }
    if (first) {
      if (form.lwStep) form.lwStep(first.closest("[data-lw-step]"), true);
      first.focus();
    } else box.focus();
    tell(form, true);
  }

  /* Steps. */
  function steps(form) {
    var all = Array.prototype.slice.call(form.querySelectorAll("[data-lw-step]"));
    if (all.length < 2) return;
    var send = form.querySelector("button[type=submit]"), now = all[0], words = send.textContent;
    var bar = make("span", "lw-form__bar"), done = make("span"), says = make("span"), top = make("p", "lw-form__progress");
    var back = make("button", "lw-form__button lw-form__button--quiet", "Back");
    top.setAttribute("role", "status");
    back.type = "button";
    bar.appendChild(done);
    top.appendChild(says);
    top.appendChild(bar);
    all[0].insertAdjacentElement("beforebegin", top);
    send.insertAdjacentElement("beforebegin", back);
    function live() {
      return all.filter(function (one) { return one.querySelector(".lw-field:not([hidden])"); });
    }
    function go(step, quiet) {
      var open = live(), at;
      if (!step || open.indexOf(step) < 0) return;
      now = step;
      at = open.indexOf(now);
      all.forEach(function (one) { one.hidden = one !== now; });
      says.textContent = "Step " + (at + 1) + " of " + open.length;
      done.style.width = 100 * (at + 1) / open.length + "%";
      back.hidden = !at;
      send.textContent = at < open.length - 1 ? "Next" : words;
      if (!quiet) { now.querySelector(".lw-form__step-title").focus(); now.scrollIntoView({ block: "nearest" }); }
      tell(form, true);
    }
    back.addEventListener("click", function () { var open = live(); go(open[open.indexOf(now) - 1]); });
    form.lwStep = go;
    form.lwNext = function () {
      var open = live(), at = open.indexOf(now), bad = null;
      each(now.querySelectorAll(PARTS), function (one) { if (!bad && !one.disabled && !one.checkValidity()) bad = one; });
      if (bad) { bad.reportValidity(); return true; }
      if (at >= open.length - 1) return false;
      go(open[at + 1]);
      return true;
    };
    form.lwRecount = function () { go(now, true); };
    form.noValidate = true;
    go(all[0], true);
  }

  /* What was written into a form of several steps outlives a reload of the page, in this tab only. */
  function draft(form, keep) {
    var key = "lw:draft:" + form.dataset.lwForm, told = {};
    if (!form.querySelector("[data-lw-step]")) return;
    if (keep === null) { store(key, null); return; }
    if (keep) {
      each(form.elements, function (one) {
        if (!one.name || one.type === "hidden" || one.type === "file" || one.closest(".lw-trap") || one.name === "lw_consent") return;
        if (one.type === "checkbox" || one.type === "radio") { if (one.checked) (told[one.name] = told[one.name] || []).push(one.value); }
        else if (one.value) told[one.name] = [one.value];
      });
      store(key, told);
      return;
    }
    told = store(key) || {};
    if (form.querySelector("[aria-invalid]")) return;
    each(form.elements, function (one) {
      if (!Array.isArray(told[one.name])) return;
      if (one.type === "checkbox" || one.type === "radio") one.checked = told[one.name].indexOf(one.value) >= 0;
      else if (one.type !== "file" && one.type !== "hidden") one.value = told[one.name][0];
    });
  }

  /* Proof of work: a number whose SHA-256 with the riddle begins with enough zero bits; sought beside the filling in. */
  async function seek(riddle, bits, isHere) {
    for (var n = 0; ; n++) {
      var bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(riddle + ":" + n)));
      for (var zeros = 0, i = 0; i < 32 && !bytes[i]; i++) zeros += 8;
      if (i < 32) zeros += Math.clz32(bytes[i]) - 24;
      if (zeros >= bits) return n;
      if (isHere && n % 500 === 499) await new Promise(function (rested) { setTimeout(rested, 0); });
    }
  }
  function work(form) {
    var riddle = (named(form, "lw_w")[0] || {}).value, bits = riddle && +riddle.split(".")[0], place = named(form, "lw_n")[0];
    if (!riddle || !bits || form.lwWork || !w.crypto || !crypto.subtle || !w.Promise) return;
    form.lwWork = new Promise(function (solved) {
      function here() { seek(riddle, bits, true).then(solved, function () { solved(""); }); }
      try {
        var words = seek + ";onmessage=function(e){seek(e.data[0],e.data[1]).then(postMessage)}";
        var worker = new Worker(URL.createObjectURL(new Blob([words], { type: "text/javascript" })));
        worker.onmessage = function (found) { worker.terminate(); solved(found.data); };
        worker.onerror = function (event) { event.preventDefault(); here(); };
        worker.postMessage([riddle, bits]);
      } catch (e) { here(); }
    }).then(function (found) { place.value = String(found); });
  }
  function worked(form, then) {
    if (!form.lwWork || named(form, "lw_n")[0].value) { then(); return; }
    var over = false, once = function () { if (!over) { over = true; then(); } };
    form.lwWork.then(once);
    setTimeout(once, 6000);
  }

  /* What people do with a form, for its numbers: told by the tracker where there is one. */
  function report(form, what, field) {
    var here = w.lw && w.lw.on, properties = { form: form.dataset.lwForm, variant: form.dataset.lwVariant || "" };
    if (form.querySelector("button[type=submit]").title || navigator.globalPrivacyControl) return;
    if (field) properties.field = field;
    if (here && !form.dataset.lwWhere) {
      if (what === "viewed") w.lw.track("Form viewed", properties);
      return;
    }
    if (!navigator.sendBeacon) return;
    navigator.sendBeacon(form.action + "/seen", JSON.stringify({
      event: what, field: field || "", lw_t: named(form, "lw_t")[0].value, lw_id: named(form, "lw_id")[0].value,
      lw_page: location.href, lw_vid: visitor()
    }));
  }
  function visitor() { try { return (w.lw && w.lw.id && w.lw.id()) || ""; } catch (e) { return ""; } }
  function watch(form) {
    var last = "", sent = false;
    if (w.IntersectionObserver) {
      var eye = new IntersectionObserver(function (seen) {
        if (seen.some(function (one) { return one.isIntersecting; })) { eye.disconnect(); report(form, "viewed"); }
      }, { threshold: 0.2 });
      eye.observe(form);
    } else report(form, "viewed");
    form.addEventListener("focusin", function (event) {
      work(form);
      if (!event.target.name || event.target.type === "submit") return;
      if (!last) report(form, "started", event.target.name);
      last = event.target.name;
    });
    form.addEventListener("lw:sent", function () { sent = true; });
    w.addEventListener("pagehide", function () { if (last && !sent) { sent = true; report(form, "abandoned", last); } });
  }

  /* The height of a frame, told to the page around it, if it is one that may show the form. */
  function tell(form, soon) {
    var around = d.body.getAttribute("data-lw-around");
    if (!around || w.parent === w) return;
    function now() {
      around.split(" ").forEach(function (origin) {
        w.parent.postMessage({ leadwright: "height", form: d.body.getAttribute("data-lw-frame"),
          height: Math.ceil(d.documentElement.getBoundingClientRect().height) }, origin);
      });
    }
    if (soon) setTimeout(now, 30); else now();
  }

  /* Sending. */
  function print(text) {
    for (var a = 5381, b = 52711, i = 0; i < text.length; i++) { a = a * 33 ^ text.charCodeAt(i); b = b * 31 ^ text.charCodeAt(i); }
    return (a >>> 0).toString(36) + (b >>> 0).toString(36);
  }
  /* The same answers sent again from this tab within the hour (back, and once more) are the same submission. */
  function once(form, told) {
    var key = "lw:sent:" + form.dataset.lwForm, id = named(form, "lw_id")[0], text = [];
    told.forEach(function (value, name) { if (name.slice(0, 3) !== "lw_") text.push(name + "=" + (value.name || value)); });
    var mark = print(text.join("&")), before = store(key), now = Date.now();
    if (before && before.mark === mark && now - before.at < 36e5) id.value = before.id;
    form.lwSent = function () { store(key, { mark: mark, id: id.value, at: now }); };
    told.set("lw_id", id.value);
  }
  function thank(form, said) {
    var thanks = make("p", "lw-form__thanks", said.thanks || "Thank you.");
    thanks.setAttribute("role", "status");
    thanks.tabIndex = -1;
    if (said.download) {
      var link = make("a", "", "Download");
      link.href = said.download;
      link.setAttribute("download", "");
      thanks.appendChild(d.createTextNode(" "));
      thanks.appendChild(link);
    }
    form.replaceWith(thanks);
    thanks.focus({ preventScroll: true });
    tell(thanks, true);
  }
  function post(form, button) {
    var told = new FormData(form), files = form.querySelector("input[type=file]");
    once(form, told);
    told.set("lw_page", form.lwPage || location.href);
    told.set("lw_ref", form.lwReferrer || d.referrer);
    if (visitor()) told.set("lw_vid", visitor());
    fetch(form.action, {
      method: "POST", headers: { Accept: "application/json" }, body: files ? told : new URLSearchParams(told)
    }).then(function (answer) {
      return answer.json().then(function (said) {
        button.disabled = false;
        if (!said.ok) {
          var errors = said.errors || { "": said.error || "Something went wrong; please try again." };
          if (said.sure) {
            var sure = named(form, "lw_sure")[0] || form.appendChild(make("input"));
            sure.type = "hidden"; sure.name = "lw_sure"; sure.value = said.sure;
          }
          show(form, errors);
          return;
        }
        form.lwSent();
        draft(form, null);
        form.dispatchEvent(new Event("lw:sent"));
        if (said.next) { (w.parent !== w && form.dataset.lwWhere ? w.top : w).location.assign(said.next); return; }
        thank(form, said);
      });
    }).catch(function () {
      button.disabled = false;
      show(form, { "": "This could not be sent. Please check your connection and try again; what you wrote is still here." });
    });
  }
  function submit(event) {
    var form = event.target, button = form.querySelector("button[type=submit]");
    if (!w.fetch || !w.URLSearchParams) return;
    event.preventDefault();
    if (form.lwNext && form.lwNext()) return;
    if (button.disabled) return;
    work(form);
    clear(form);
    var heavy = Array.prototype.filter.call(form.querySelectorAll("input[type=file]"), function (one) {
      return one.files[0] && one.files[0].size > +one.dataset.lwMost;
    })[0], errors = {};
    if (heavy) {
      errors[heavy.name] = "This file is too large; at most " + Math.floor(heavy.dataset.lwMost / 1048576) + " MB are taken.";
      show(form, errors);
      return;
    }
    button.disabled = true;
    worked(form, function () { post(form, button); });
  }
  function begin(form) {
    if (form.lwReady) return;
    form.lwReady = true;
    draft(form);
    weigh(form);
    steps(form);
    function changed() { weigh(form); if (form.lwRecount) form.lwRecount(); draft(form, true); tell(form, true); }
    form.addEventListener("input", changed);
    form.addEventListener("change", changed);
    form.addEventListener("submit", submit);
    watch(form);
    var said = form.querySelector(".lw-form__errors:not([hidden])");
    if (said) said.focus();
  }
  w.lwForms = { begin: begin, holds: holds };

  function start() {
    each(d.querySelectorAll("form[data-lw-form]"), begin);
    if (d.body.hasAttribute("data-lw-around")) {
      tell();
      if (w.ResizeObserver) new ResizeObserver(function () { tell(); }).observe(d.documentElement);
    }
  }
  /* A signed link that fills a form in is for its reader only: it leaves the address bar before anybody counts the page. */
  if (/[?&]lw=/.test(location.search) && history.replaceState) {
    var kept = new URLSearchParams(location.search);
    kept.delete("lw");
    history.replaceState(history.state, "", location.pathname + (kept.toString() ? "?" + kept : "") + location.hash);
  }
  if (d.readyState === "loading") d.addEventListener("DOMContentLoaded", start); else start();
})(window, document);

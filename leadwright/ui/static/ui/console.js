// Leadwright's few lines: keyboard in lists, the selection bar, menus that close. Everything else is HTML and htmx.
(() => {
  "use strict";
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const isTyping = (target) => target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable=true]");

  // htmx: no inline styles or eval under our Content-Security-Policy; Django's token on every change.
  if (window.htmx) Object.assign(window.htmx.config, { includeIndicatorStyles: false, allowEval: false, historyCacheSize: 0 });
  document.addEventListener("htmx:configRequest", (event) => {
    const field = one("[name=csrfmiddlewaretoken]");
    const config = one("#wagtail-config");
    const token = field ? field.value : config ? JSON.parse(config.textContent).CSRF_TOKEN : "";
    if (event.detail.verb !== "get" && token) event.detail.headers["X-CSRFToken"] = token;
    if (event.detail.verb === "get") for (const [name, value] of [...event.detail.formData.entries()]) if (value === "") event.detail.formData.delete(name);
  });
  // What the server says about a refusal or a fault is for the reader, too.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if ([403, 422].includes(event.detail.xhr.status)) { event.detail.shouldSwap = true; event.detail.isError = false; }
  });

  // Menus close on Escape and on a click beside them.
  document.addEventListener("click", (event) => {
    for (const menu of all("details[data-lw-menu][open]")) if (!menu.contains(event.target)) menu.open = false;
  });

  // Charts: Plotly's script is fetched by the first chart; its colours are this page's tokens.
  let plotly = null;
  const fetched = (address) => plotly || (plotly = new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = address; script.onload = () => done(window.Plotly); script.onerror = failed;
    document.head.append(script);
  }));
  const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--lw-${name}`).trim();
  async function draw(place) {
    const { data, layout } = JSON.parse(document.getElementById(place.dataset.lwChart).textContent);
    const Plotly = await fetched(place.dataset.lwPlotly);
    const axis = { gridcolor: token("line"), linecolor: token("line"), zerolinecolor: token("line"), automargin: true, fixedrange: true };
    for (const trace of data) {
      const colour = token(trace.token);
      trace.marker = { color: colour }; trace.line = trace.type === "funnel" ? undefined : { color: colour, width: 2.5 };
      if (trace.type === "funnel") { trace.connector = { fillcolor: token("sunk"), line: { width: 0 } }; trace.textfont = { color: token("on-copper") }; }
      for (const error of ["error_x", "error_y"]) if (trace[error]) Object.assign(trace[error], { color: token("slate"), thickness: 1.5, width: 4 });
      delete trace.token;
    }
    const whole = {
      height: layout.height, barmode: layout.barmode, showlegend: layout.showlegend, paper_bgcolor: "transparent", plot_bgcolor: "transparent",
      font: { family: getComputedStyle(place).fontFamily, size: 13, color: token("slate") }, margin: { l: 8, r: 8, t: 8, b: 8 }, bargap: 0.35,
      xaxis: { ...axis }, yaxis: { ...axis, autorange: data.some((trace) => trace.orientation === "h") ? "reversed" : true },
      legend: { orientation: "h", y: 1.12 }, hoverlabel: { bgcolor: token("ink"), bordercolor: token("ink"), font: { color: token("paper") } },
    };
    await Plotly.react(place, data, whole, { displayModeBar: false, responsive: true });
  }
  const drawAll = (root) => all("[data-lw-chart]", root).forEach(draw);
  document.addEventListener("DOMContentLoaded", () => drawAll(document));
  document.addEventListener("htmx:load", (event) => drawAll(event.detail.elt));
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => drawAll(document));

  // Selection: the bar says how many, and offers all that match.
  const counted = () => (one("#lw-count") ? one("#lw-count").textContent.trim() : "");
  function reckon(form) {
    const ticks = all("[name=ids]", form), taken = ticks.filter((tick) => tick.checked).length;
    const bar = one("[data-lw-bulk-bar]", form), everything = form.elements.all;
    if (!bar) return;
    if (taken < ticks.length) everything.value = "";
    bar.hidden = taken === 0;
    one("[data-lw-bulk-say]", bar).textContent = everything.value ? `All ${counted()} that match` : `${taken} taken`;
    const more = one("[data-lw-bulk-all]", bar);
    more.hidden = Boolean(everything.value) || taken < ticks.length || !one("[rel=next], [rel=prev]");
    one("[data-lw-bulk-count]", bar).textContent = counted();
    const page = one("[data-lw-tick-page]", form);
    page.checked = taken === ticks.length;
    page.indeterminate = taken > 0 && taken < ticks.length;
  }
  document.addEventListener("change", (event) => {
    const form = event.target.closest("[data-lw-bulk]");
    if (!form) return;
    if (event.target.matches("[data-lw-tick-page]")) for (const tick of all("[name=ids]", form)) tick.checked = event.target.checked;
    reckon(form);
  });
  document.addEventListener("click", (event) => {
    const form = event.target.closest("[data-lw-bulk]");
    if (form && event.target.closest("[data-lw-bulk-all]")) { form.elements.all.value = "1"; reckon(form); }
    if (form && event.target.closest("[data-lw-bulk-none]")) { for (const tick of all("[name=ids]", form)) tick.checked = false; reckon(form); }
    // A click on a row opens its thing, unless it meant something in the row.
    const row = event.target.closest("[data-lw-rows] tr[data-href]");
    if (row && row.dataset.href && !event.target.closest("a, button, input, label, details, summary") && !String(window.getSelection())) window.location = row.dataset.href;
  });

  // A button that copies: the clipboard where the browser lets us, else an old way that works without https.
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-lw-copy]");
    if (!button || button.dataset.lwCopied) return;
    button.dataset.lwCopied = "1";
    try { await navigator.clipboard.writeText(button.dataset.lwCopy); }
    catch {
      const field = document.createElement("textarea");
      field.value = button.dataset.lwCopy; document.body.append(field); field.select();
      document.execCommand("copy"); field.remove(); button.focus();
    }
    const said = button.innerHTML;
    button.textContent = "Copied"; button.setAttribute("aria-live", "polite");
    setTimeout(() => { button.innerHTML = said; delete button.dataset.lwCopied; }, 1600);
  });

  // Keyboard: / search, j and k through the rows, Enter opens, x takes.
  let here = -1;
  function stand(rows, at, mayFocus = true) {
    rows.forEach((row) => row.classList.remove("lw-here"));
    here = at;
    if (!rows[at]) return;
    rows[at].classList.add("lw-here");
    const link = one("a", rows[at]);
    if (link && mayFocus) link.focus({ preventScroll: true });
    rows[at].scrollIntoView({ block: "nearest" });
  }
  function go(step) {
    const rows = all("[data-lw-rows] tbody tr");
    if (rows.length) stand(rows, Math.max(0, Math.min(rows.length - 1, here + step)));
  }
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") for (const menu of all("details[data-lw-menu][open]")) { menu.open = false; one("summary", menu).focus(); }
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    const rows = all("[data-lw-rows] tbody tr");
    if (event.key === "/" && one("#lw-q")) { event.preventDefault(); one("#lw-q").focus(); one("#lw-q").select(); }
    else if (event.key === "j") go(1);
    else if (event.key === "k") go(-1);
    else if (event.key === "x" && rows[here]) { const tick = one("[name=ids]", rows[here]); if (tick) tick.click(); }
    else if (event.key === "Enter" && rows[here] && event.target === document.body && rows[here].dataset.href) window.location = rows[here].dataset.href;
  });
  // Rows that come anew (a count refreshed, a last letter typed) leave the reader at the same record, if it is still there.
  let stood = null;
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target.id !== "lw-results") return;
    const row = all("[data-lw-rows] tbody tr")[here];
    stood = row ? { href: row.dataset.href, focused: row.contains(document.activeElement) } : null;
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id !== "lw-results") return;
    const rows = all("[data-lw-rows] tbody tr");
    stand(rows, stood ? rows.findIndex((row) => row.dataset.href === stood.href) : -1, Boolean(stood && stood.focused));
  });

  // Rows that are dragged into an order; arrows do the same for the keyboard.
  let dragged = null;
  document.addEventListener("dragstart", (event) => {
    dragged = event.target.closest && event.target.closest("[data-lw-sortable] tr[draggable]");
    if (dragged) dragged.classList.add("lw-dragged");
  });
  document.addEventListener("dragover", (event) => {
    const over = dragged && event.target.closest("[data-lw-sortable] tr[draggable]");
    if (!over || over === dragged) return;
    event.preventDefault();
    const box = over.getBoundingClientRect();
    over.parentNode.insertBefore(dragged, event.clientY > box.top + box.height / 2 ? over.nextSibling : over);
  });
  document.addEventListener("dragend", () => {
    if (!dragged) return;
    dragged.classList.remove("lw-dragged");
    const order = all("tr[data-key]", dragged.parentNode).map((row) => row.dataset.key).join(",");
    window.htmx.ajax("POST", dragged.dataset.url, { target: "#fields", swap: "innerHTML", values: { order } });
    dragged = null;
  });

  // Inputs that only some kinds of a field need.
  const fit = (form) => {
    const kind = one("[data-lw-kind]", form);
    if (kind) for (const part of all("[data-lw-for]", form)) part.hidden = !part.dataset.lwFor.split(" ").includes(kind.value);
  };
  document.addEventListener("DOMContentLoaded", () => all("[data-lw-field-form]").forEach(fit));
  document.addEventListener("change", (event) => { const form = event.target.closest("[data-lw-field-form]"); if (form) fit(form); });
})();

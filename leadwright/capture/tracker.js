/* Leadwright's tracker: who came by, without a name. docs/tracker.md tells its options. It is served without comments and
   with short names (capture/scripts.py); "always" becomes what the workspace says of cookies: always, consent or never. */
(function (w, d, n, l) {
  /* Nothing that goes wrong in here may be seen by the page. */
  const safe = f => function () { try { return f.apply(this, arguments); } catch (e) {} };
  const on = (t, c, f) => c.split(" ").forEach(e => t.addEventListener(e, safe(f), { passive: true, capture: true }));
  const store = safe((c, v) => v === undefined ? localStorage[c] : v ? (localStorage[c] = v, 1) : delete localStorage[c]);
  safe(function () {
    if (w.lw && w.lw.on) return;
    const me = d.currentScript || d.querySelector('script[src*="/t/t.js"]'), o = me ? me.dataset : {};
    const base = new URL(me ? me.src : "/t/t.js", l).href.replace(/t\.js.*/, "v1/");
    const mode = "always", never = "cookieless" in o || mode == "never";
    const no = n.globalPrivacyControl || ("dnt" in o && n.doNotTrack == 1);
    const domains = (o.domains || "").split(/[\s,]+/);
    let silent = no || o.consent == "denied", waits = 1, kept = [], memory = [], flying = "", forms = new Map();
    let id, user, place, here, human, moves, point, since, seen, told, depth, crossing, token, signed, well, tries;

    const cookie = () => (d.cookie.match(/\blw_vid=([^;]+)/) || [])[1];
    let bare = never || (mode == "consent" && o.consent != "granted" && !cookie());
    const mark = (v, t) => { d.cookie = "lw_vid=" + v + ";path=/;max-age=" + t + ";samesite=lax" + (l.protocol[4] == "s" ? ";secure" : ""); };
    const uuid = () => crypto.getRandomValues(new Uint32Array(4)).reduce((c, v) => c + v.toString(36), "");
    function visitor() {
      if (bare) return "";
      mark(id = id || cookie() || store("lw_vid") || uuid(), 31536e3);
      store("lw_vid", id);
      return id;
    }
    function forget() {
      id = user = 0;
      kept = [];
      memory = [];
      store("lw_vid", 0);
      store("lw_q", 0);
      mark("", 0);
    }
    /* An address without our own parameter, and without what names somebody. */
    const without = c => c.replace(/([?&])lw_x=[^&#]*&?/, "$1").replace(/[?&](#|$)/, "$1");
    const clean = c => without(c).replace(/[^\/?&=#]+(@|%(25)*40)[^\/?&=#]+/gi, "-");

    /* What waits to be told lies in the browser's storage and survives a reload; its messageId makes it count once. */
    const read = () => (!bare && safe(JSON.parse)(store("lw_q"))) || memory;
    function write(c) {
      memory = c.slice(-60);
      if (!bare) store("lw_q", JSON.stringify(memory));
    }
    const post = (t, c) => fetch(base + t, { method: "POST", body: c, keepalive: true });
    const ask = (c, f, t) => post("cross", JSON.stringify({ ...c, writeKey: o.key })).then(e => e.json()).then(f).then(t, t);
    const drop = a => write(read().filter(c => !a.some(e => e.messageId == c.messageId)));
    const again = () => {
      well = 0;
      flying = "";
      setTimeout(flush, 2 ** Math.min(tries++, 8) * (2e3 + Math.random() * 1e3));
    };
    const flush = safe(e => {
      if (silent || !n.onLine || (flying && !e)) return;
      let t = 0;
      const a = read().filter(c => !flying.includes(c.messageId) && new Date - new Date(c.timestamp) < 2592e5 && (t += JSON.stringify(c).length) < 5e4);
      const c = JSON.stringify({ batch: a, sentAt: new Date, writeKey: o.key });
      if (!a[0]) return;
      if (e) return n.sendBeacon(base + "batch", c) && well && drop(a);
      post("batch", flying = c).then(r => {
        if (r.status > 499 || r.status == 429) return again();
        well = r.ok;
        tries = 0;
        flying = "";
        drop(a);
        flush();
      }, again);
    });
    function go(c) {
      if (bare) c.cookieless = 1;
      else c.anonymousId = visitor();
      if (user) c.userId = user;
      /* What cannot be written as JSON, or is larger than a call may be, is not told. */
      if (JSON.stringify(c).length < 3e4) write(read().concat(c));
    }
    function call(t, c) {
      if (silent) return;
      if (!kept[60]) kept.push({ type: t, messageId: uuid(), timestamp: new Date, context: {
        page: here, locale: n.language, timezone: Intl.DateTimeFormat().resolvedOptions().timeZone }, ...c });
      if (!waits) release();
    }
    const release = safe(() => {
      waits = 0;
      kept.splice(0).forEach(safe(go));
      flush();
    });
    const track = (t, c) => call("track", { event: t, properties: c || {} });

    /* A page, how long it was looked at, and how far down. */
    const at = () => l.pathname + l.search + ("hash" in o ? l.hash : "");
    const visible = () => !d.hidden && Date.now();
    function look() {
      const e = d.documentElement;
      depth = Math.max(depth, (w.scrollY + e.clientHeight) * 100 / e.scrollHeight | 0);
    }
    function left() {
      const t = (seen + (since && Date.now() - since)) / 1e3 | 0;
      if (t > told) track("Page left", { seconds: t, scroll: depth }), told = t + 9;
    }
    function abandon() {
      forms.forEach((t, f) => t && track("Form abandoned", { form: form_of(f), field: t }));
      forms.clear();
    }
    function page(t, c) {
      if (here) left(), abandon();
      here = { url: clean(l.origin + at()), path: clean(l.pathname), title: d.title, referrer: here ? here.url : clean(d.referrer) };
      place = at();
      human = moves = seen = told = depth = 0;
      since = visible();
      look();
      call("page", { name: t && t.big ? t : here.title, properties: c || {} });
      watch();
    }
    const moved = () => setTimeout(safe(() => place != at() && page()));

    /* A person scrolls, points or types; told once a page. What a script does is not trusted, and a pointer that stands
       still while the page moves below it is nobody. */
    on(w, "wheel touchmove pointermove pointerdown keydown", e => {
      if (!e.isTrusted || human || e.type == "pointermove" && (point == (point = e.screenX + "," + e.screenY) || ++moves < 3)) return;
      human = 1;
      track("$human", { by: e.type });
    });
    on(w, "scroll", look);

    /* Links: to files, to other sites, and to sites of the same firm, which are told who comes. */
    const linked = t => t != l.hostname && domains.some(c => ("." + t).endsWith("." + c));
    function link(e) {
      const a = e.isTrusted && e.target.closest("a[href]");
      return a && /^http/.test(a.protocol) && a;
    }
    on(d, "pointerover focusin touchstart", e => {
      const a = link(e);
      if (!a || !linked(a.hostname) || silent || waits || bare || Date.now() - signed < 6e4) return;
      signed = Date.now();
      token = 0;
      ask({ anonymousId: visitor(), domains: domains }, c => { token = c.token; }, () => { signed = token && signed; });
    });
    on(d, "click auxclick", e => {
      const a = link(e), t = a && a.href, f = a && /\.(pdf|docx?|xlsx?|pptx?|od[tsp]|csv|txt|epub|zip|exe|dmg|mp[34])$/i.exec(a.pathname);
      if (!a || e.button > 1) return;
      if (f || a.hasAttribute("download")) track("File downloaded", { url: clean(t), extension: f && f[1] });
      else if (linked(a.hostname)) {
        if (silent || bare || !token || Date.now() - signed > 1e5) return;
        a.search += (a.search ? "&" : "?") + "lw_x=" + token;
        setTimeout(() => { a.href = t; }, 200);
      } else if (a.hostname != l.hostname) track("Outbound link clicked", { url: clean(t), host: a.hostname });
    });

    /* Forms that are ours, or marked with data-lw-form: which field was last, never what stands in it. Where the form's
       own script is at work, it tells who saw the form, and everything of one that is embedded (data-lw-where). */
    const form_of = f => f && !f.dataset.lwWhere && (f.dataset.lwForm || (/\/t\/f\/([\w-]+)/.exec(f.action) || [])[1]);
    const watch = () => d.querySelectorAll("form").forEach(f => {
      if (form_of(f)) new IntersectionObserver(safe((c, t) => {
        if (c[0].isIntersecting) t.disconnect(), w.lwForms || track("Form viewed", { form: form_of(f) });
      })).observe(f);
    });
    on(d, "input", e => {
      const f = e.target.form, t = e.target.name;
      if (!e.isTrusted || !t || !form_of(f)) return;
      if (!forms.has(f)) track("Form started", { form: form_of(f), field: t });
      forms.set(f, t);
    });
    on(d, "submit", e => {
      const f = e.target;
      if (!form_of(f)) return;
      forms.set(f, 0);
      if (!/\/t\/f\//.test(f.action)) track("Form submitted", { form: form_of(f) });
    });

    const lw = {
      on: 1, page: page, track: track,
      identify: (t, c) => {
        if (t === Object(t)) c = t;
        else if (t) user = t + "";
        call("identify", { traits: c || {} });
      },
      consent: c => {
        const t = silent;
        silent = no || !c;
        if (silent) return forget();
        bare = never;
        if (t) here = 0, page();
        cross();
      },
      id: () => silent || waits ? "" : visitor(),
    };
    for (const t in lw) if (t != "on") lw[t] = safe(lw[t]);

    /* Comes from a site of the same firm: the collector says who it was, where it has signed that just now. */
    function cross() {
      const t = crossing;
      crossing = 0;
      if (!t || bare || cookie() || store("lw_vid")) return release();
      setTimeout(release, 2e3);
      ask({ token: t }, c => { id = waits && c.id; }, release);
    }
    on(w, "popstate" + ("hash" in o ? " hashchange" : ""), moved);
    on(d, "visibilitychange", () => {
      left();
      if (since) seen += Date.now() - since;
      since = visible();
      if (!since) flush(1);
    });
    on(w, "pagehide", () => { left(); abandon(); flush(1); });
    on(w, "pageshow", e => e.persisted && page());
    on(w, "online", () => flush());
    crossing = (/[?&]lw_x=([\w-]+)/.exec(l.search) || [])[1];
    if (crossing) history.replaceState(history.state, "", without(l.href));
    if (silent) forget();
    ["pushState", "replaceState"].forEach(safe(t => {
      const f = history[t];
      history[t] = function () { const a = f.apply(this, arguments); moved(); return a; };
    }));
    tries = signed = 0;
    const before = (w.lw && w.lw.q) || [];
    w.lw = lw;
    page();
    if (o.consent != "wait") cross();
    before.forEach(safe(c => lw[c[0]](...c.slice(1))));
  })();
})(window, document, navigator, location);

/* Leadwright's tracker: who came by, without a name. Silent where the browser sends Global Privacy Control.
   <script src="/t/t.js" defer></script>, on other sites with data-key="…"; data-consent="wait" holds everything back
   until lw.consent(true). lw.track(name, properties), lw.identify(id, traits), lw.page(). */
(function (w, d, n) {
  if (w.lw && w.lw.on) return;
  var me = d.currentScript || d.querySelector('script[src*="/t/t.js"]'), data = (me && me.dataset) || {};
  var base = new URL(me ? me.src : "/t/t.js", location.href).href.replace(/t\.js.*$/, "v1/");
  var silent = n.globalPrivacyControl;
  var waits = data.consent === "wait", kept = [], id, user, last, seen = {};
  function store(key, value) {
    try { if (value === undefined) return localStorage.getItem(key); localStorage.setItem(key, value); } catch (e) {}
  }
  function uuid() {
    return w.crypto && crypto.randomUUID ? crypto.randomUUID() :
      "xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx".replace(/x/g, function () { return (Math.random() * 16 | 0).toString(16); });
  }
  function visitor() {
    if (id) return id;
    var found = d.cookie.match(/(?:^|; )lw_vid=([^;]+)/);
    id = (found && found[1]) || store("lw_vid") || uuid();
    d.cookie = "lw_vid=" + id + ";path=/;max-age=31536000;samesite=lax" + (location.protocol === "https:" ? ";secure" : "");
    store("lw_vid", id);
    return id;
  }
  function send(call) {
    var body = JSON.stringify(call), url = base + call.type;
    if (d.visibilityState === "hidden" && n.sendBeacon && n.sendBeacon(url, body)) return;
    if (w.fetch) fetch(url, { method: "POST", body: body, keepalive: body.length < 6e4 }).then(function (r) {
      if (r.status === 503 && !call.again) { call.again = 1; setTimeout(send, 3e3, call); }
    }, function () { if (n.sendBeacon) n.sendBeacon(url, body); });
    else n.sendBeacon && n.sendBeacon(url, body);
  }
  function call(type, more) {
    if (silent) return;
    var c = { type: type, messageId: uuid(), timestamp: new Date().toISOString() };
    for (var k in more) c[k] = more[k];
    c.context = { page: { url: location.href, path: location.pathname, title: d.title, referrer: last || d.referrer },
      locale: n.language, timezone: w.Intl && Intl.DateTimeFormat().resolvedOptions().timeZone,
      screen: { width: screen.width, height: screen.height } };
    if (waits) { kept.push(c); return; }
    go(c);
  }
  function go(c) {
    c.anonymousId = visitor();
    if (user) c.userId = user;
    if (data.key) c.writeKey = data.key;
    c.sentAt = new Date().toISOString();
    send(c);
  }
  function page(name, properties) {
    seen = {};
    call("page", { name: typeof name === "string" ? name : d.title, properties: properties || {} });
    last = location.href;
  }
  var lw = {
    on: 1,
    page: page,
    track: function (name, properties) { call("track", { event: name, properties: properties || {} }); },
    identify: function (who, traits) {
      if (who && typeof who === "object") { traits = who; who = ""; }
      if (who) user = String(who);
      call("identify", { traits: traits || {} });
    },
    consent: function (yes) {
      if (!yes) { silent = true; kept = []; return; }
      waits = false;
      kept.splice(0).forEach(go);
    },
    id: function () { return silent || waits ? "" : visitor(); }
  };
  /* A person scrolls, points or types; told once a page. A script's own events are not trusted and do not count. */
  function human(e) {
    if (!e.isTrusted || seen.human) return;
    seen[e.type] = (seen[e.type] || 0) + 1;
    if (seen[e.type] < (e.type === "pointermove" || e.type === "scroll" ? 3 : 1)) return;
    seen.human = 1;
    call("track", { event: "$human", properties: { by: e.type } });
  }
  ["scroll", "pointermove", "pointerdown", "keydown", "touchstart"].forEach(function (t) {
    w.addEventListener(t, human, { passive: true, capture: true });
  });
  ["pushState", "replaceState"].forEach(function (name) {
    var was = history[name];
    history[name] = function () {
      var from = location.pathname + location.search, r = was.apply(this, arguments);
      if (location.pathname + location.search !== from) setTimeout(page, 0);
      return r;
    };
  });
  w.addEventListener("popstate", function () { setTimeout(page, 0); });
  var before = (w.lw && w.lw.q) || [];
  w.lw = lw;
  page();
  before.forEach(function (a) { lw[a[0]] && lw[a[0]].apply(lw, a.slice(1)); });
})(window, document, navigator);

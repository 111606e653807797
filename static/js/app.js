/* What every page needs beyond htmx: the rules of the live socket, answers of proxies, focus, double submits, times.
   Live lists are in lists.js, forms in forms.js. No eval, nothing inline: the content security policy refuses both. */
(() => {
  "use strict";
  const byId = (id) => document.getElementById(id);
  const live = byId("live"), banner = byId("connection"), flash = byId("flash");

  const say = (text, kind = "error") => {
    const notice = document.createElement("div");
    notice.className = `notice notice--${kind}`;
    notice.setAttribute("role", kind === "error" ? "alert" : "status");
    notice.textContent = text;
    flash.replaceChildren(notice);
    flash.scrollIntoView({ block: "nearest" });
    return notice;
  };

  /* Live. The socket is a hint: after every connection, and every 20 s without one, the lists are fetched again. */
  let connected = false, failures = 0, polling = null;
  const resync = () => document.body.dispatchEvent(new CustomEvent("tf:resync"));
  const tell = () => {
    const text = navigator.onLine ? (polling ? banner.dataset.polling : "") : banner.dataset.offline;
    if (banner.textContent !== text) banner.textContent = text;
  };
  const poll = (on) => {
    if (on && !polling) polling = setInterval(resync, 20000);
    if (!on && polling) polling = void clearInterval(polling);
    tell();
  };
  const signIn = () => {
    const url = `${live.dataset.signIn}?next=${encodeURIComponent(location.pathname + location.search)}`;
    if (!document.querySelector("form[data-changed]")) return location.assign(url);
    // Somebody is typing: leaving now would lose it. They sign in beside, and come back.
    const link = Object.assign(document.createElement("a"), { href: url, target: "_blank", textContent: "Sign in in a new tab" });
    return say("You are signed out. What you typed is still here. ").append(link, ", then send this form.");
  };
  if (live) {
    document.addEventListener("htmx:ws:after:connection", () => { connected = true; failures = 0; poll(false); resync(); });
    document.addEventListener("htmx:ws:close", ({ detail }) => {
      if (detail.reason !== "closed") return;
      if (detail.code === 4401) return void signIn();
      failures = connected ? 0 : failures + 1;
      connected = false;
      // A code that is not tried again ends the socket for this page; three failed handshakes look like a wall.
      if (failures >= 3 || !htmx.config.ws.reconnectCodes.includes(detail.code)) poll(true);
    });
    addEventListener("offline", tell);
    addEventListener("online", () => { tell(); resync(); });
    addEventListener("pageshow", (event) => { if (event.persisted) resync(); });
  }

  /* An error page that is not ours (a proxy's 502) must not land in a table cell: ours always say where they belong. */
  const words = { 413: "That was too large to send.", 502: "The server is restarting.", 503: "The server is busy.", 504: "The server took too long." };
  document.addEventListener("htmx:before:swap", (event) => {
    const { response, hx } = event.detail.ctx;
    if (!response || response.status < 400 || hx?.retarget || [409, 422].includes(response.status)) return;
    event.preventDefault();
    say(`${words[response.status] ?? "That did not work."} Nothing was changed on this page. Try again in a moment.`);
  });
  document.addEventListener("htmx:error", ({ detail }) => {
    if (detail.ctx && detail.ctx.request.method !== "GET") say("The server could not be reached. Check your connection, then try again.");
  });

  /* Focus never falls back to <body>: it goes to what has the same id, else to the nearest ancestor that is still there. */
  let trail = [];
  document.addEventListener("htmx:before:swap", () => {
    trail = [];
    for (let at = document.activeElement; at && at !== document.body; at = at.parentElement) if (at.id) trail.push(at.id);
  });
  document.addEventListener("htmx:after:swap", ({ detail }) => {
    if (detail.ctx.target === "#flash") flash.scrollIntoView({ block: "nearest" });
    if (!trail.length || document.activeElement !== document.body) return;
    const place = byId(trail.find((id) => byId(id)?.checkVisibility()) ?? "main");
    if (place.tabIndex < 0) place.tabIndex = -1;
    place.focus({ preventScroll: true });
  });

  /* A second click on the way does nothing; the server's idempotency key catches what comes through all the same. */
  const done = (form) => { if (form) delete form.dataset.sending; };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post") return;
    if (form.dataset.sending) { event.preventDefault(); event.stopImmediatePropagation(); return; }
    form.dataset.sending = "true";
    setTimeout(done, 10000, form);
  }, true);
  document.addEventListener("htmx:finally:request", ({ detail }) => done(detail.ctx.sourceElement.closest("form")));
  addEventListener("pageshow", () => document.querySelectorAll("form[data-sending]").forEach(done));

  /* Times in the reader's zone: the one of the profile, else the browser's. */
  let zone = document.documentElement.dataset.timeZone || undefined;
  try { Intl.DateTimeFormat("en-GB", { timeZone: zone }); } catch { zone = undefined; } // a zone that this browser does not know
  const day = { day: "numeric", month: "short", year: "numeric" }, clock = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  const style = { both: { ...day, ...clock }, date: day, clock };
  const format = Object.fromEntries(Object.entries(style).map(([name, parts]) => [name, new Intl.DateTimeFormat("en-GB", { ...parts, timeZone: zone })]));
  const times = (root) => root.querySelectorAll("time[datetime][data-show]").forEach((time) => {
    const moment = new Date(time.dateTime);
    if (!Number.isNaN(+moment)) time.textContent = format[time.dataset.show].format(moment);
  });
  times(document);
  document.addEventListener("htmx:after:process", (event) => times(event.target));

  window.ticketflower = { say, clockNow: () => format.clock.format(new Date()) };
})();

/* What every page needs beyond htmx: the rules of the live socket, answers of proxies, focus, double submits, times,
   live lists. Forms are in forms.js. No eval, nothing inline: the content security policy refuses both. */
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

  /* Live lists: new rows never move what is under the pointer (ux.md, New rows).
     A list is an element with data-live-list, an id, data-noun and data-nouns; its children are rows with ids. While somebody points at it,
     has focus or selected text in it or has scrolled into it, rows that would push others down are held back and counted: "3 new tasks – show".
     Showing them fetches the list again: what the server says is the truth, not what was held. */
  const held = new Map(), header = document.querySelector(".masthead");
  const canHover = matchMedia("(hover: hover)");
  const counted = (list, number) => `${number} new ${number === 1 ? list.dataset.noun : list.dataset.nouns}`;

  const busy = (list) => {
    if (!list.firstElementChild) return false;
    const selection = getSelection();
    const { top, bottom } = list.getBoundingClientRect();
    return list.contains(document.activeElement)
      || (selection.rangeCount > 0 && !selection.isCollapsed && selection.getRangeAt(0).intersectsNode(list))
      || (canHover.matches && list.matches(":hover"))
      || (top < header.offsetHeight && bottom > 0);
  };

  /* Whether a row that is not there yet would push down one that is. */
  const pushes = (row, rows, list, { style, key, sort }) => {
    if (style === "beforeend") return false;
    if (style !== "upsert") return rows.slice(rows.indexOf(row)).some((later) => byId(later.id));
    const keyOf = (element) => element.getAttribute(key ?? "id") || element.id;
    const order = (other) => keyOf(row).localeCompare(keyOf(other), undefined, { numeric: true }) * (sort === "desc" ? -1 : 1);
    return style === "afterbegin" || [...list.children].some((child) => keyOf(child) && order(child) < 0);
  };

  const bar = (list, number) => {
    const id = `${list.id}-held`;
    let place = byId(id);
    if (!number) return void place?.remove();
    if (!place) {
      place = Object.assign(document.createElement("div"), { id, className: "held" });
      const button = Object.assign(document.createElement("button"), { type: "button", className: "held__button" });
      button.addEventListener("click", () => show(list.id));
      place.append(button);
      (list.closest("[hx-get]") ?? list).before(place);
    }
    place.firstChild.textContent = `${counted(list, number)} – show`;
    return place;
  };

  const show = (id) => {
    held.delete(id);
    const list = byId(id);
    list.dataset.showing = "true";
    byId(`${id}-held`)?.remove();
    // Beside the list, not in it: a list that has focus would hold back the next row too.
    const place = list.closest("[hx-get]") ?? byId("main");
    place.tabIndex = -1;
    place.focus({ preventScroll: true });
    resync();
  };

  const receive = (list, rows, spec) => {
    const fresh = rows.filter((row) => row.id && !byId(row.id));
    const hold = busy(list) && !list.dataset.showing ? fresh.filter((row) => pushes(row, rows, list, spec)) : [];
    hold.forEach((row) => row.remove());
    const whole = !["upsert", "beforeend", "afterbegin"].includes(spec.style);
    const before = held.get(list.id) ?? new Set();
    const waiting = new Set([...(whole ? [] : before), ...hold.map((row) => row.id)]);
    const news = fresh.filter((row) => !before.has(row.id)).length;
    held.set(list.id, waiting);
    bar(list, waiting.size);
    if (news) byId("announcer").textContent = counted(list, news);
    fresh.filter((row) => !hold.includes(row)).forEach((row) => row.classList.add("arrived"));
    if (whole) delete list.dataset.showing;
  };

  document.addEventListener("htmx:before:swap", ({ detail }) => {
    for (const task of detail.tasks) {
      const target = typeof task.target === "string" ? document.querySelector(task.target) : task.target;
      if (!target || task.swapSpec.style === "none") continue;
      const inside = task.swapSpec.style.startsWith("outer") || !target.matches("[data-live-list]");
      if (!inside) { receive(target, [...task.fragment.children], task.swapSpec); continue; }
      for (const list of [target, ...target.querySelectorAll("[data-live-list]")].filter((element) => element.matches("[data-live-list]"))) {
        const next = task.fragment.getElementById(list.id);
        if (next) receive(list, [...next.children], task.swapSpec);
      }
    }
  });

  window.ticketflower = { say, clockNow: () => format.clock.format(new Date()) };
})();

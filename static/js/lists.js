/* Live lists: new rows never move what is under the pointer (ux.md, New rows).
   A list is an element with data-live-list, an id, data-noun and data-nouns; its children are rows with ids. While somebody points at it,
   has focus or selected text in it or has scrolled into it, rows that would push others down are held back and counted: "3 new tasks - show".
   Showing them fetches the list again: what the server says is the truth, not what was held. */
(() => {
  "use strict";
  const held = new Map();
  const announcer = document.getElementById("announcer");
  const canHover = matchMedia("(hover: hover)");
  const counted = (list, number) => `${number} new ${number === 1 ? list.dataset.noun : list.dataset.nouns}`;

  const busy = (list) => {
    if (!list.firstElementChild) return false;
    const selection = getSelection();
    const { top, bottom } = list.getBoundingClientRect();
    return list.contains(document.activeElement)
      || (selection.rangeCount > 0 && !selection.isCollapsed && selection.getRangeAt(0).intersectsNode(list))
      || (canHover.matches && list.matches(":hover"))
      || (top < 0 && bottom > 0);
  };

  /* Whether a row that is not there yet would push down one that is. */
  const pushes = (row, rows, list, { style, key, sort }) => {
    if (style === "beforeend") return false;
    if (style !== "upsert") return rows.slice(rows.indexOf(row)).some((later) => document.getElementById(later.id));
    const keyOf = (element) => element.getAttribute(key ?? "id") || element.id;
    const order = (other) => keyOf(row).localeCompare(keyOf(other), undefined, { numeric: true }) * (sort === "desc" ? -1 : 1);
    return style === "afterbegin" || [...list.children].some((child) => keyOf(child) && order(child) < 0);
  };

  const bar = (list, number) => {
    const id = `${list.id}-held`;
    let place = document.getElementById(id);
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
    const list = document.getElementById(id);
    list.dataset.showing = "true";
    document.getElementById(`${id}-held`)?.remove();
    list.tabIndex = -1;
    list.focus({ preventScroll: true });
    document.body.dispatchEvent(new CustomEvent("tf:resync"));
  };

  const receive = (list, rows, spec) => {
    const fresh = rows.filter((row) => row.id && !document.getElementById(row.id));
    const hold = busy(list) && !list.dataset.showing ? fresh.filter((row) => pushes(row, rows, list, spec)) : [];
    hold.forEach((row) => row.remove());
    const whole = !["upsert", "beforeend", "afterbegin"].includes(spec.style);
    const before = held.get(list.id) ?? new Set();
    const waiting = new Set([...(whole ? [] : before), ...hold.map((row) => row.id)]);
    const news = fresh.filter((row) => !before.has(row.id)).length;
    held.set(list.id, waiting);
    bar(list, waiting.size);
    if (news) announcer.textContent = counted(list, news);
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
})();

/* Forms: drafts, fields that show themselves when a condition holds, "copy what I typed". All of it is an addition:
   without script a form shows every field and is sent as it is. */
(() => {
  "use strict";
  const { say, clockNow } = window.ticketflower;

  /* JSON Logic as engine.md has it: null equals null alone, ordering with null or "" is false, arithmetic with null gives null.
     The server decides again; what this evaluator does not know shows the field. */
  const DOUBT = Symbol("doubt");
  const truthy = (value) => (Array.isArray(value) ? value.length > 0 : Boolean(value));
  const none = (value) => value === null || value === undefined;
  const same = (a, b) => (none(a) || none(b) ? none(a) && none(b) : a == b); // eslint-disable-line eqeqeq
  const ordered = (test) => (...values) => values.every((v) => !none(v) && v !== "") && values.slice(1).every((v, i) => test(values[i], v));
  const sums = (fold) => (...values) => (values.some(none) ? null : values.map(Number).reduce(fold));
  const look = (data, path, otherwise = null) => {
    const parts = String(path).split(".");
    if (parts[0] === "_") throw new Error("not known on this page");
    const found = parts.reduce((value, part) => value?.[part], data) ?? otherwise;
    if (found === DOUBT) throw new Error("only the server can read this");
    return found;
  };
  const text = (value) => (none(value) ? "" : String(value));
  const eager = {
    "==": same, "===": (a, b) => (none(a) ? none(b) : a === b), "!=": (a, b) => !same(a, b), "!==": (a, b) => !eager["==="](a, b),
    "!": (a) => !truthy(a), "!!": truthy, "<": ordered((a, b) => a < b), "<=": ordered((a, b) => a <= b),
    ">": ordered((a, b) => a > b), ">=": ordered((a, b) => a >= b),
    "+": sums((a, b) => a + b), "*": sums((a, b) => a * b), "/": sums((a, b) => a / b), "%": sums((a, b) => a % b),
    "-": (...v) => (v.some(none) ? null : v.length === 1 ? -v[0] : v[0] - v[1]),
    max: sums((a, b) => Math.max(a, b)), min: sums((a, b) => Math.min(a, b)), cat: (...v) => v.map(text).join(""),
    in: (a, b) => !none(b) && (Array.isArray(b) ? b.some((each) => same(each, a)) : text(b).includes(text(a))),
    contains: (a, b) => eager.in(b, a), length: (a) => (none(a) ? 0 : a.length ?? 0), count: (...v) => v.filter(truthy).length, always: () => true,
  };
  Object.assign(eager, { equals: eager["=="], not_equals: eager["!="], greaterThan: eager[">"], lessThan: eager["<"] });
  const until = (args, data, stop) => {
    let value = null;
    for (const arg of args) if (stop((value = evaluate(arg, data)))) break;
    return value;
  };
  const lazy = {
    and: (args, data) => until(args, data, (value) => !truthy(value)),
    or: (args, data) => until(args, data, truthy),
    if: (args, data) => {
      for (let i = 0; i + 1 < args.length; i += 2) if (truthy(evaluate(args[i], data))) return evaluate(args[i + 1], data);
      return args.length % 2 ? evaluate(args.at(-1), data) : null;
    },
    var: (args, data) => look(data, evaluate(args[0], data), none(args[1]) ? null : evaluate(args[1], data)),
    missing: (args, data) => args.flat().map((arg) => evaluate(arg, data)).flat().filter((name) => ["", null].includes(look(data, name))),
  };
  lazy["?:"] = lazy.if;
  const evaluate = (rule, data) => {
    if (Array.isArray(rule)) return rule.map((each) => evaluate(each, data));
    if (rule === null || typeof rule !== "object") return rule;
    const [[name, given]] = Object.entries(rule);
    const args = Array.isArray(given) ? given : [given];
    if (Object.hasOwn(lazy, name)) return lazy[name](args, data);
    if (!Object.hasOwn(eager, name)) throw new Error(`unknown operator ${name}`);
    return eager[name](...args.map((arg) => evaluate(arg, data)));
  };

  /* What is typed now, over what the form was made with (data-values): wrappers carry data-field and data-type.
     A number with marks that only the server can read is in doubt, and so is every condition that asks for it. */
  const controls = (wrapper) => [...wrapper.querySelectorAll("input, select, textarea")].filter((control) => control.name && control.type !== "hidden");
  const chosen = (wrapper) => controls(wrapper).filter((control) => !["checkbox", "radio"].includes(control.type) || control.checked);
  const readNumber = (typed) => {
    const bare = typed.replace(/[\s'’\p{Sc}]/gu, "").replace("−", "-");
    return /^[+-]?(\d+\.?\d*|\.\d+)$/.test(bare) ? Number(bare) : DOUBT;
  };
  const read = (wrapper) => {
    const answers = chosen(wrapper).map((control) => control.value.trim()).filter(Boolean);
    switch (wrapper.dataset.type) {
      case "array": return controls(wrapper)[0]?.tagName === "TEXTAREA" ? (answers[0] ?? "").split("\n").map((line) => line.trim()).filter(Boolean) : answers;
      case "boolean": return answers.length ? answers[0] === "true" : null;
      case "number": case "integer": return answers.length ? readNumber(answers[0]) : null;
      default: return answers[0] ?? null;
    }
  };
  const reveal = (form) => {
    const conditional = form.querySelectorAll("[data-visible-when]");
    if (!conditional.length) return;
    const data = JSON.parse(form.dataset.values || "{}");
    form.querySelectorAll("[data-field]").forEach((wrapper) => { 
      // A group or a list of rows is not read: what the form was made with stands.
      if (!wrapper.hidden && !wrapper.querySelector(".field")) data[wrapper.dataset.field] = read(wrapper);
    });
    conditional.forEach((wrapper) => {
      let visible = true;
      try { visible = truthy(evaluate(JSON.parse(wrapper.dataset.visibleWhen), data)); } catch { visible = true; }
      wrapper.hidden = !visible;
      wrapper.querySelectorAll("input, select, textarea").forEach((control) => { control.disabled = !visible; });
      wrapper.querySelectorAll(".field__when").forEach((words) => { words.hidden = true; });
    });
  };

  /* Drafts: 1.5 s after typing stops, at once when the page goes away, never after the form was sent. */
  const token = () => JSON.parse(document.body.getAttribute("hx-headers:inherited"));
  const waiting = new Map();
  const save = async (form, keepalive = false) => {
    clearTimeout(waiting.get(form));
    waiting.delete(form);
    const answers = new URLSearchParams([...new FormData(form)].filter(([, value]) => typeof value === "string"));
    const status = form.querySelector("[data-draft-status]");
    const show = (words) => { if (status) status.textContent = words; };
    try {
      const response = await fetch(form.dataset.draft, { method: "POST", body: answers, keepalive, headers: token(), redirect: "manual" });
      if (!response.ok) throw new Error(response.status);
      if (!waiting.has(form)) delete form.dataset.changed;
      show(`Draft saved ${clockNow()}`);
    } catch {
      show("The draft could not be saved. What you typed is still here; it is tried again as you type.");
    }
  };
  document.addEventListener("input", ({ target }) => {
    const form = target.form;
    if (!form || form.method !== "post") return;
    form.dataset.changed = "true";
    reveal(form);
    if (!form.dataset.draft) return;
    clearTimeout(waiting.get(form));
    waiting.set(form, setTimeout(save, 1500, form));
  });
  document.addEventListener("submit", ({ target }) => {
    clearTimeout(waiting.get(target));
    waiting.delete(target);
    delete target.dataset.changed;
  });
  addEventListener("pagehide", () => [...waiting.keys()].forEach((form) => save(form, true)));

  /* "Copy what I typed": for a task that was withdrawn while its form was being filled in. */
  const labelled = (control) => (control.tagName === "SELECT" ? control.selectedOptions[0].text : ["checkbox", "radio"].includes(control.type) ? control.labels[0].textContent : control.value);
  const written = (form) => [...form.querySelectorAll(".field")].filter((wrapper) => !wrapper.querySelector(".field")).map((wrapper) => {
    const asked = wrapper.querySelector(".field__label, legend, label")?.textContent.trim().replace(/\s+/g, " ");
    return `${asked}: ${chosen(wrapper).filter((control) => control.value).map((control) => labelled(control).trim()).join(", ")}`;
  }).join("\n");
  document.addEventListener("click", async ({ target }) => {
    const button = target.closest?.("[data-copy-form]");
    if (!button) return;
    const words = written(document.querySelector(button.dataset.copyForm));
    try {
      await navigator.clipboard.writeText(words);
      say("Copied. Paste it wherever you need it.", "success");
    } catch {
      // A page over plain http may not write to the clipboard: show the words, selected, to be copied by hand.
      const area = Object.assign(document.createElement("textarea"), { value: words, readOnly: true, rows: 6 });
      area.setAttribute("aria-label", "What you typed");
      button.after(area);
      area.select();
    }
  });

  const prepare = (root) => root.querySelectorAll("form").forEach(reveal);
  prepare(document);
  document.addEventListener("htmx:after:process", ({ target }) => { if (target.querySelectorAll) prepare(target); });
})();

/* The editor of workflow documents: a chosen file is read into the text area, where its problems can be mended, and a problem leads to
   its line there. Without script the file itself is sent, and the problem leads to the listing below. */
(() => {
  "use strict";
  const byId = (id) => document.getElementById(id);
  const LARGEST = 256 * 1024; // what is larger, or not text, is sent as it is: the server says what is wrong with it

  document.addEventListener("change", async ({ target }) => {
    if (target.id !== "file" || !target.files.length || target.files[0].size > LARGEST) return;
    const [file] = target.files;
    let text;
    try { text = new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer()); } catch { return; }
    byId("document").value = text;
    byId("file-loaded").textContent = `${file.name} stands below.`;
    target.value = "";
  });

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-line]"), area = byId("document");
    if (!link || !area || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const line = Number(link.dataset.line), lines = area.value.split("\n");
    const start = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
    area.focus({ preventScroll: true });
    area.setSelectionRange(start, start + (lines[line - 1] ?? "").length);
    const height = parseFloat(getComputedStyle(area).lineHeight);
    area.scrollTop = Math.max(0, (line - 1) * height - area.clientHeight / 2);
    area.scrollIntoView({ block: "nearest" });
  });
})();

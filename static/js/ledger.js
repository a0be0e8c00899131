// The ledger by keyboard and with a case beside the list; everything here has a way without scripts.
(() => {
  const WIDE = "(min-width: 1200px)";
  const table = () => document.querySelector("[data-rows]");
  const panel = () => document.getElementById("preview");
  const rows = () => [...document.querySelectorAll("[data-rows] tbody tr[data-case]")];
  const link = (row) => row?.querySelector("a.ttl");
  const typing = (element) => {
    const field = element.closest("input, textarea, select, [contenteditable]");
    return field && !/^(checkbox|radio)$/.test(field.type || "");
  };

  // The row in hand: the one that holds the focus, else the one shown beside the list.
  function current() {
    return document.activeElement.closest?.("tr[data-case]") || document.querySelector("tr[data-case].peeked");
  }
  function move(step) {
    const all = rows();
    const here = all.indexOf(current());
    const next = all[here === -1 ? (step > 0 ? 0 : all.length - 1) : here + step];
    if (!next) return;
    link(next).focus();
    next.scrollIntoView({ block: "nearest" });
    if (panel() && !panel().hidden) preview(next);
  }

  // A case beside the list where there is room for it, else its page.
  function preview(row, andThen) {
    if (!row) return;
    if (!panel() || !window.matchMedia(WIDE).matches || !window.htmx) {
      window.location.assign(link(row).href);
      return;
    }
    rows().forEach((one) => one.classList.toggle("peeked", one === row));
    panel().hidden = false;
    document.querySelector(".ledger-split").classList.add("with-preview");
    window.htmx.ajax("GET", `${link(row).pathname}preview/`, { target: "#preview", swap: "innerHTML" })
      .then(() => { if (andThen) andThen(); });
  }
  function close() {
    const box = panel();
    if (!box || box.hidden) return false;
    const row = document.querySelector("tr[data-case].peeked");
    box.hidden = true;
    box.replaceChildren();
    document.querySelector(".ledger-split").classList.remove("with-preview");
    row?.classList.remove("peeked");
    link(row)?.focus();
    return true;
  }
  function openVerb() {
    const verb = panel().querySelector("details.verb");
    if (verb) verb.open = true;
    else document.getElementById("preview-title")?.focus();
  }

  function tick(row) {
    row?.querySelector("input[name=case]")?.click();
  }
  // Hand over what is chosen, or the row in hand; who may not dispatch gets the next verb of the case.
  function assign(row) {
    const button = document.querySelector('.bulk.many button[value="dispatch"]');
    if (!button) { preview(row, openVerb); return; }
    if (!document.querySelector("input[name=case]:checked")) {
      if (!row) return;
      tick(row);
    }
    button.disabled = false;
    button.form.requestSubmit(button);
  }
  function help() {
    const sheet = document.getElementById("keys");
    if (sheet && !sheet.open) sheet.showModal();
  }

  const KEYS = {
    j: () => move(1),
    k: () => move(-1),
    o: () => link(current())?.click(),
    x: () => tick(current()),
    p: () => preview(current() || rows()[0]),
    a: () => assign(current()),
    "?": help,
  };
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !document.querySelector("dialog[open]") && !typing(event.target)) close();
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || !table()) return;
    if (document.querySelector("dialog[open]")) return;
    const act = KEYS[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-close-preview]")) { close(); return; }
    if (event.target.closest("[data-keys]")) { help(); return; }
    if (event.target.closest("[data-close-keys]")) { document.getElementById("keys").close(); return; }
    const row = event.target.closest("tr[data-case]");
    const chosen = String(window.getSelection() || "");
    if (!row || chosen || event.target.closest("a, button, input, label") || !window.matchMedia(WIDE).matches) return;
    preview(row);
  });

  // All of the filter instead of what is ticked: the number says so.
  document.addEventListener("change", (event) => {
    if (event.target.name !== "all") return;
    const words = document.querySelector(".bulk.many [data-count]");
    const ticked = document.querySelectorAll("input[name=case]:checked").length;
    if (words) words.textContent = event.target.checked ? event.target.dataset.total : String(ticked);
    document.querySelectorAll(".bulk.many button").forEach((one) => { one.disabled = !event.target.checked && !ticked; });
  });
})();

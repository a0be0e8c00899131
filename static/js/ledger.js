// The ledger by keyboard: j and k walk the rows, Enter opens the one in focus.
(() => {
  const links = () => [...document.querySelectorAll("[data-rows] tbody a.ttl")];
  const typing = (element) => element.closest("input, textarea, select, [contenteditable]");
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    const step = { j: 1, k: -1 }[event.key];
    if (!step) return;
    const all = links();
    const here = all.indexOf(document.activeElement);
    const next = all[here === -1 ? (step > 0 ? 0 : all.length - 1) : here + step];
    if (next) {
      event.preventDefault();
      next.focus();
      next.scrollIntoView({ block: "nearest" });
    }
  });
  // A second click on a warning folds its day-by-day proof away again.
  document.addEventListener("htmx:beforeRequest", (event) => {
    const { elt } = event.detail;
    if (!elt.classList.contains("proof-link")) return;
    const below = elt.closest("tr").nextElementSibling;
    if (!below?.classList.contains("proof-row")) return;
    event.preventDefault();
    below.remove();
  });
})();

/* Whoever leaves the page within the pause of the autosave still finds the draft. */
(function () {
  "use strict";
  document.addEventListener("DOMContentLoaded", () => {
    const form = document.querySelector("form[data-draft]");
    if (!form) return;
    let written = false;
    form.addEventListener("input", () => { written = true; });
    form.addEventListener("submit", () => { written = false; });
    document.body.addEventListener("htmx:afterRequest", (event) => {
      if (event.detail.elt.id === "draft-state" && event.detail.successful) written = false;
    });
    window.addEventListener("pagehide", () => {
      if (!written) return;
      const data = new FormData(form);
      data.delete("files");
      navigator.sendBeacon(form.dataset.draft, data);
    });
  });
})();

/* Small conveniences; every page works without them. */
(function () {
  "use strict";

  const all = (selector, root) => Array.from((root || document).querySelectorAll(selector));

  /* "/" goes to the search box, Escape closes what is open. */
  function isTyping(target) {
    return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
  }
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !isTyping(event.target) && !event.ctrlKey && !event.metaKey && !event.altKey) {
      const box = document.querySelector("[data-hotkey='/']");
      if (box) { event.preventDefault(); box.focus(); box.select(); }
    }
    if (event.key === "Escape") {
      all("details[data-popup][open], .filters .more[open]").forEach((open) => {
        open.open = false;
        open.querySelector("summary").focus();
      });
      closeMenu();
    }
  });

  /* A popup closes when the pointer goes elsewhere. */
  document.addEventListener("click", (event) => {
    all("details[data-popup][open], .filters .more[open]").forEach((open) => {
      if (!open.contains(event.target)) open.open = false;
    });
  });

  /* The menu of the phone: without JavaScript it is a link to the list. */
  function closeMenu() {
    const menu = document.getElementById("menu");
    if (!menu || !menu.classList.contains("open")) return;
    menu.classList.remove("open");
    const opener = document.querySelector(".menu-open");
    opener.setAttribute("aria-expanded", "false");
    opener.focus();
  }
  document.addEventListener("click", (event) => {
    const opener = event.target.closest(".menu-open");
    const menu = document.getElementById("menu");
    if (opener && menu) {
      event.preventDefault();
      menu.classList.add("open");
      opener.setAttribute("aria-expanded", "true");
      menu.querySelector("a").focus();
    } else if (event.target.closest(".menu-close")) {
      event.preventDefault();
      closeMenu();
    } else if (menu && menu.classList.contains("open") && !menu.contains(event.target)) {
      closeMenu();
    }
  });

  /* Filters apply themselves when a choice is made; what is typed waits for Enter. */
  document.addEventListener("change", (event) => {
    const field = event.target;
    const form = field.form;
    if (!form || !form.hasAttribute("data-autosubmit") || field.closest(".more")) return;
    if (field.tagName === "SELECT" || /^(checkbox|radio|date|month)$/.test(field.type)) form.requestSubmit ? form.requestSubmit() : form.submit();
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.hasAttribute("data-autosubmit")) return;
    all("input, select", event.target).forEach((field) => {
      if (!field.value && field.name) { field.disabled = true; setTimeout(() => { field.disabled = false; }, 0); }
    });
  });

  /* One form in place at a time. */
  document.addEventListener("toggle", (event) => {
    const opened = event.target;
    if (!opened.open || !opened.classList.contains("verb")) return;
    all("details.verb[open]", opened.parentNode).forEach((other) => { if (other !== opened) other.open = false; });
    const first = opened.querySelector("input:not([type=hidden]), select, textarea");
    if (first) first.focus();
  }, true);

  /* A post that cannot be taken back asks first. */
  function ask(words, agreed) {
    const dialog = document.createElement("dialog");
    dialog.className = "ask";
    dialog.setAttribute("aria-label", "请确认");
    const text = document.createElement("p");
    text.textContent = words;
    const row = document.createElement("div");
    row.className = "row-actions";
    [["取消", ""], ["确定", "btn-primary"]].forEach(([label, extra], index) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = `btn ${extra}`;
      button.textContent = label;
      button.addEventListener("click", () => { dialog.close(); if (index) agreed(); });
      row.append(button);
    });
    dialog.append(text, row);
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
  }
  const agreed = new WeakSet();
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const button = event.submitter;
    const words = (button && button.dataset.confirm) || form.dataset.confirm;
    if (!words || agreed.has(form) || typeof HTMLDialogElement === "undefined") return;
    event.preventDefault();
    event.stopImmediatePropagation();
    ask(words, () => { agreed.add(form); form.requestSubmit ? form.requestSubmit(button || undefined) : form.submit(); });
  }, true);

  /* The same post is not sent twice. */
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post" || form.hasAttribute("hx-post")) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    all("button[type=submit], button:not([type])", form).forEach((button) => button.setAttribute("aria-busy", "true"));
  });
  window.addEventListener("pageshow", () => {
    all("form[data-sent]").forEach((form) => {
      delete form.dataset.sent;
      all("[aria-busy]", form).forEach((button) => button.removeAttribute("aria-busy"));
      agreed.delete(form);
    });
  });

  /* Chosen files are listed with their sizes. */
  function size(bytes) {
    return bytes < 1048576 ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${(bytes / 1048576).toFixed(1)} MB`;
  }
  document.addEventListener("change", (event) => {
    const input = event.target;
    if (input.type !== "file" || input.closest("[data-upload]")) return;
    let list = input.parentNode.querySelector(".picked");
    if (!list) { list = document.createElement("ul"); list.className = "picked"; input.after(list); }
    list.replaceChildren(...Array.from(input.files).map((file) => {
      const row = document.createElement("li");
      row.textContent = `${file.name}　${size(file.size)}`;
      return row;
    }));
  });

  /* Choosing rows. */
  function count(name) {
    const ticked = all(`input[type=checkbox][name="${name}"]:checked`).length;
    all(`.bulk[data-bulk="${name}"]`).forEach((bar) => {
      const words = bar.querySelector("[data-count]");
      if (words) words.textContent = String(ticked);
      all("button", bar).forEach((button) => { button.disabled = !ticked; });
    });
  }
  document.addEventListener("change", (event) => {
    const box = event.target;
    if (box.type !== "checkbox") return;
    const group = box.dataset.checkAll;
    if (group) all(`input[type=checkbox][name="${group}"]`).forEach((other) => { other.checked = box.checked; });
    const name = group || box.name;
    all(`input[name="${name}"]`).forEach((other) => {
      const row = other.closest("tr");
      if (row) row.classList.toggle("sel", other.checked);
    });
    count(name);
  });

  /* What is suggested for a field is chosen with one click: without scripts it is read, and chosen by hand. */
  function offer(root) {
    all("[data-choose][hidden]", root).forEach((button) => { button.hidden = false; });
  }
  function mark(name, value) {
    all(`[data-choose="${name}"]`).forEach((button) => button.setAttribute("aria-pressed", String(button.value === value)));
  }
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-choose]");
    if (!button) return;
    const field = document.getElementById(button.dataset.choose);
    if (!field) return;
    const radio = field.querySelector(`input[type=radio][value="${CSS.escape(button.value)}"]`);
    if (radio) { radio.checked = true; radio.focus(); } else { field.value = button.value; }
    (radio || field).dispatchEvent(new Event("change", { bubbles: true }));
    mark(button.dataset.choose, button.value);
  });
  document.addEventListener("change", (event) => { if (event.target.tagName === "SELECT") mark(event.target.id, event.target.value); });
  document.addEventListener("htmx:load", (event) => offer(event.target));
  offer(document);

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) { event.preventDefault(); window.print(); }
  });

  function load(address) {
    return new Promise((done, failed) => {
      const script = document.createElement("script");
      script.src = address;
      script.onload = done;
      script.onerror = failed;
      document.head.append(script);
    });
  }
  /* What scrolls sideways can be reached and scrolled with the keyboard. */
  function reachable(root) {
    all(".scroll-x, .board, .tabs", root).forEach((box) => {
      if (box.scrollWidth <= box.clientWidth || box.hasAttribute("tabindex")) return;
      const heading = document.querySelector("h1");
      box.tabIndex = 0;
      if (box.tagName === "NAV") return;
      box.setAttribute("role", "group");
      if (heading) box.setAttribute("aria-label", heading.textContent.trim());
    });
  }
  window.addEventListener("resize", () => reachable(document));

  function start(root) {
    reachable(root);
    all(".bulk[data-bulk]", root).forEach((bar) => count(bar.dataset.bulk));
    const uploads = all("[data-upload]", root);
    if (uploads.length) {
      (window.portalFiles ? Promise.resolve() : load(uploads[0].dataset.script))
        .then(() => uploads.forEach(window.portalFiles.start)).catch(() => {});
    }
    const charts = all("[data-chart]", root);
    if (!charts.length) return;
    const first = charts[0].dataset;
    const ready = window.portalCharts
      ? Promise.resolve()
      : load(first.lib).then(() => load(first.script));
    ready.then(() => charts.forEach(window.portalCharts.draw)).catch(() => {});
  }
  // A second click on a warning folds its day-by-day proof away again.
  document.addEventListener("htmx:beforeRequest", (event) => {
    const { elt } = event.detail;
    if (!elt.classList.contains("proof-link")) return;
    const below = elt.closest("tr").nextElementSibling;
    if (!below?.classList.contains("proof-row")) return;
    event.preventDefault();
    below.remove();
  });

  document.addEventListener("DOMContentLoaded", () => start(document));
  document.addEventListener("htmx:load", (event) => start(event.detail.elt));
  if (document.readyState !== "loading") start(document);
})();

/* The page of a case with several people in it; everything here works without this file, only slower. */
(() => {
  "use strict";
  const find = (selector, root) => (root || document).querySelector(selector);

  // -- who is here: the page says which form is being filled in, and keeps quiet while nobody looks at it ------------
  const presence = document.getElementById("presence");
  const doing = find("#presence-facts [name=doing]");
  function say(verb) {
    if (!presence || doing.value === verb) return;
    doing.value = verb;
    if (window.htmx) window.htmx.trigger(presence, "refresh");
  }
  function verbOf(form) {
    const found = form && /\/issues\/\d+\/([\w-]+)\/$/.exec(form.getAttribute("action") || "");
    return found ? found[1] : "";
  }
  document.addEventListener("input", (event) => {
    const verb = verbOf(event.target.form);
    if (verb) say(verb);
  });
  document.addEventListener("toggle", (event) => {
    if (event.target.classList.contains("verb") && !event.target.open && verbOf(find("form", event.target)) === doing?.value) say("");
  }, true);
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.elt === presence && document.hidden) event.preventDefault();
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && presence && window.htmx) window.htmx.trigger(presence, "refresh");
  });

  // -- replies kept ready: put in where the cursor was ---------------------------------------------------------------
  document.addEventListener("click", (event) => {
    const phrase = event.target.closest("[data-insert]");
    const form = phrase && phrase.closest("form");
    const box = form && find("textarea", form);
    if (!box) return;
    put(box, box.selectionStart, box.selectionEnd, phrase.dataset.insert);
    const used = document.createElement("input");
    used.type = "hidden";
    used.name = "canned";
    used.value = phrase.dataset.canned;
    form.append(used);
    phrase.closest("details").open = false;
  });
  function put(box, from, to, words) {
    box.focus();
    box.setRangeText(words, from, to, "end");
    box.dispatchEvent(new Event("input", { bubbles: true }));
  }

  // -- @姓名: a list of those who may be mentioned, by keyboard or pointer -------------------------------------------
  const NAME = /(?:^|[^A-Za-z0-9._%+-])[@\uff20]([^\s@\uff20,.!?;:()\u3001\u3002\uff01\uff08\uff09\uff0c\uff1a\uff1b\uff1f]{0,20})$/;
  const list = document.createElement("ul");
  list.className = "people-list";
  list.id = "people-list";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "可以提醒的同事");
  list.hidden = true;
  let box = null;
  let timer = 0;
  let chosen = 0;

  function close() {
    list.hidden = true;
    if (box) box.removeAttribute("aria-activedescendant");
  }
  function mark(place) {
    const rows = [...list.children];
    chosen = (place + rows.length) % rows.length;
    rows.forEach((row, index) => row.setAttribute("aria-selected", String(index === chosen)));
    box.setAttribute("aria-activedescendant", rows[chosen].id);
    rows[chosen].scrollIntoView({ block: "nearest" });
  }
  function take(row) {
    const before = box.value.slice(0, box.selectionStart);
    const begun = NAME.exec(before);
    if (!begun) return close();
    const from = box.selectionStart - begun[1].length - 1;
    put(box, from, box.selectionStart, `${row.dataset.words} `);
    close();
  }
  function show(people) {
    list.replaceChildren(...people.map((person, index) => {
      const row = document.createElement("li");
      row.id = `people-${index}`;
      row.setAttribute("role", "option");
      row.dataset.words = person.insert;
      const name = document.createElement("b");
      name.textContent = person.name;
      const where = document.createElement("span");
      where.textContent = person.where;
      row.append(name, where);
      row.addEventListener("pointerdown", (event) => { event.preventDefault(); take(row); });
      return row;
    }));
    list.hidden = !people.length;
    if (people.length) mark(0);
  }
  function ask() {
    const asked = NAME.exec(box.value.slice(0, box.selectionStart));
    if (!asked) return close();
    const field = box;
    fetch(`${field.dataset.people}?q=${encodeURIComponent(asked[1])}`, { headers: { Accept: "application/json" } })
      .then((answer) => (answer.ok ? answer.json() : { people: [] }))
      .then((found) => { if (field === box && document.activeElement === box) show(found.people); })
      .catch(close);
  }
  document.addEventListener("input", (event) => {
    if (!event.target.dataset.people) return;
    if (box !== event.target) {
      box = event.target;
      box.setAttribute("aria-autocomplete", "list");
      box.setAttribute("aria-controls", list.id);
      box.after(list);
    }
    clearTimeout(timer);
    timer = setTimeout(ask, 150);
  });
  document.addEventListener("keydown", (event) => {
    if (list.hidden || event.target !== box || event.isComposing) return;
    const act = {
      ArrowDown: () => mark(chosen + 1),
      ArrowUp: () => mark(chosen - 1),
      Enter: () => take(list.children[chosen]),
      Tab: () => take(list.children[chosen]),
      Escape: close,
    }[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }, true);
  document.addEventListener("focusout", (event) => { if (event.target === box) close(); });
})();

/* The visit form and the choice of people; both work without this file. */
(function () {
  "use strict";
  if (window.liaisonReady) return;
  window.liaisonReady = true;

  /* Problems: only the next empty block is shown, further ones are added on demand. */
  function problems(section) {
    const add = section.querySelector("[data-add-problem]");
    const blank = section.querySelector("template[data-blank]");
    const total = section.querySelector("input[name$='-TOTAL_FORMS']");
    const most = Number(section.querySelector("input[name$='-MAX_NUM_FORMS']").value);
    const blocks = () => Array.from(section.querySelectorAll("[data-problem]"));
    const hidden = () => blocks().filter((block) => block.hidden);

    function settle() {
      const free = blocks().length < most || hidden().length > 0;
      const shown = blocks().filter((block) => !block.hidden);
      add.hidden = !free || !shown.length || !shown[shown.length - 1].open;
    }
    function fresh() {
      const index = blocks().length;
      const box = document.createElement("div");
      box.innerHTML = blank.innerHTML.replace(/__prefix__/g, String(index));
      const block = box.firstElementChild;
      block.querySelector("[data-number]").textContent = String(index + 1);
      add.before(block);
      total.value = String(index + 1);
      return block;
    }
    blocks().forEach((block, index) => { block.hidden = index > 0 && !block.open; });
    add.addEventListener("click", () => {
      const block = hidden()[0] || fresh();
      block.hidden = false;
      block.open = true;
      block.querySelector("input").focus();
      settle();
    });
    section.addEventListener("toggle", settle, true);
    settle();
  }

  /* People: names that fit what is typed. */
  function suggest(input) {
    const list = document.createElement("datalist");
    list.id = `${input.id}_people`;
    input.after(list);
    input.setAttribute("list", list.id);
    let timer = 0;
    let asked = "";
    input.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        const words = input.value.trim();
        if (!words || words === asked || words.endsWith(")")) return;
        asked = words;
        fetch(`${input.dataset.suggest}&q=${encodeURIComponent(words)}`, { headers: { Accept: "application/json" } })
          .then((answer) => (answer.ok ? answer.json() : { people: [] }))
          .then((found) => list.replaceChildren(...found.people.map((person) => {
            const option = document.createElement("option");
            option.value = person.value;
            option.label = `${person.value} ${person.label}`;
            return option;
          })))
          .catch(() => {});
      }, 200);
    });
  }

  function start() {
    document.querySelectorAll("[data-problems]").forEach(problems);
    document.querySelectorAll("input[data-suggest]").forEach(suggest);
  }
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();

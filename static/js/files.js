/* Files of a form: sent as soon as they are chosen, dropped or pasted, each with its progress; without this file a
   plain file input does the same when the form is sent. Loaded by ui.js where a form takes files. */
(function () {
  "use strict";
  if (window.portalFiles) return;

  const all = (selector, root) => Array.from(root.querySelectorAll(selector));
  const sending = new WeakMap(); /* form → how many files are on their way */
  const waiting = new WeakMap(); /* form → the button whose click waits for them */

  function size(bytes) {
    return bytes < 1048576 ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${(bytes / 1048576).toFixed(1)} MB`;
  }
  function megabytes(bytes) { return `${Math.floor(bytes / 1048576)} MB`; }

  /* What the form already has: over all its file fields together. */
  function taken(form) {
    const rows = all(".held-files > li:not(.bad)", form).filter((row) => {
      const box = row.querySelector("input[type=checkbox]");
      return !box || box.checked;
    });
    return { count: rows.length, bytes: rows.reduce((sum, row) => sum + Number(row.dataset.size), 0) };
  }

  function wrong(box, input, file) {
    const { maxBytes, maxCount, maxTotal } = box.dataset;
    const now = taken(input.form);
    const accepted = (input.accept || "*/*").split(",").map((one) => one.trim().toLowerCase());
    const ending = file.name.includes(".") ? `.${file.name.split(".").pop().toLowerCase()}` : "";
    if (!file.size) return "这是空文件，请重新选择。";
    if (file.size > Number(maxBytes)) return `超过 ${megabytes(maxBytes)}，请压缩后再选。`;
    const fits = (one) => one === ending || one === file.type || one === "*/*" || (one.endsWith("/*") && file.type.startsWith(one.slice(0, -1)));
    if (!accepted.some(fits)) return "不接受这种文件。";
    if (now.count >= Number(maxCount)) return `附件合计最多 ${maxCount} 个，请分次提交。`;
    if (now.bytes + file.size > Number(maxTotal)) return `附件合计超过 ${megabytes(maxTotal)}，请分次提交。`;
    return "";
  }

  function list(box) {
    let found = box.querySelector(".held-files");
    if (!found) {
      found = document.createElement("ul");
      found.className = "held-files";
      box.prepend(found);
    }
    return found;
  }

  function button(words, named, act) {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "btn btn-quiet btn-sm";
    made.textContent = words;
    made.setAttribute("aria-label", `${words} ${named}`);
    made.addEventListener("click", act);
    return made;
  }

  function token() { return JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"]; }

  function post(address) {
    const request = new XMLHttpRequest();
    request.open("POST", address);
    request.setRequestHeader("X-CSRFToken", token());
    request.setRequestHeader("Accept", "application/json");
    return request;
  }

  function remove(box, row) {
    if (row.dataset.drop) post(row.dataset.drop).send();
    const next = row.nextElementSibling || row.previousElementSibling;
    const target = next ? next.querySelector("button") : box.querySelector("input[type=file]");
    row.remove();
    settle(box);
    if (target) target.focus();
  }

  /* A field that must have a file has one as soon as one was sent. */
  function settle(box) {
    const input = box.querySelector("input[type=file]");
    if (box.hasAttribute("data-required")) input.required = !box.querySelector("input[type=hidden]");
  }

  /* A draft of the form takes a file as it takes a word. */
  function changed(box) { box.dispatchEvent(new Event("input", { bubbles: true })); }

  function show(box, file) {
    const row = document.createElement("li");
    row.dataset.size = String(file.size);
    const name = document.createElement("span");
    name.className = "name";
    name.textContent = file.name;
    const note = document.createElement("span");
    note.className = "s";
    note.textContent = size(file.size);
    row.append(name, note);
    list(box).append(row);
    return { row, note };
  }

  function refuse(box, file, words) {
    const { row, note } = show(box, file);
    row.classList.add("bad");
    note.textContent = words;
    note.setAttribute("role", "alert");
    row.append(button("移除", file.name, () => remove(box, row)));
    return row;
  }

  function settled(form, change) {
    const left = (sending.get(form) || 0) + change;
    sending.set(form, left);
    if (left || !waiting.has(form)) return;
    const pressed = waiting.get(form);
    waiting.delete(form);
    all("[aria-busy]", form).forEach((one) => one.removeAttribute("aria-busy"));
    all("[data-wait]", form).forEach((one) => one.remove());
    if (!form.querySelector(".held-files > .bad")) form.requestSubmit(pressed || undefined);
  }

  function send(box, input, file) {
    const words = wrong(box, input, file);
    if (words) { refuse(box, file, words); return; }
    const { row, note } = show(box, file);
    const bar = document.createElement("progress");
    bar.max = file.size;
    bar.value = 0;
    bar.setAttribute("aria-label", `正在上传 ${file.name}`);
    const body = new FormData();
    body.append("file", file, file.name);
    const request = post(box.dataset.hold);
    let aborted = false;
    const stop = button("取消", file.name, () => { aborted = true; request.abort(); });
    row.append(stop, bar);
    settled(input.form, 1);
    request.upload.addEventListener("progress", (event) => {
      bar.value = event.loaded * file.size / event.total;
      note.textContent = event.loaded < event.total ? `${size(file.size)} · ${Math.floor(100 * event.loaded / event.total)}%` : `${size(file.size)} · 正在处理`;
    });
    request.addEventListener("loadend", () => {
      bar.remove();
      stop.remove();
      let answer = {};
      try { answer = JSON.parse(request.responseText); } catch (error) { /* not ours: a proxy's page, or nothing */ }
      if (request.status === 201) {
        keep(box, row, note, answer);
      } else {
        row.remove();
        if (!aborted) fail(box, input, file, request.status, answer.error);
      }
      settled(input.form, -1);
    });
    request.send(body);
  }

  function keep(box, row, note, answer) {
    const hidden = document.createElement("input");
    hidden.type = "hidden";
    hidden.name = box.dataset.name;
    hidden.value = answer.key;
    row.dataset.drop = answer.drop;
    row.dataset.size = String(answer.size);
    note.textContent = size(answer.size);
    row.append(button("移除", answer.name, () => remove(box, row)), hidden);
    settle(box);
    changed(box);
  }

  function fail(box, input, file, status, words) {
    const said = words || (status === 413 ? "文件太大，服务器没有接收。" : "上传没有成功，请检查网络。");
    const row = refuse(box, file, said);
    if (!words) row.querySelector("button").before(button("重试", file.name, () => { row.remove(); send(box, input, file); }));
  }

  /* Where files may not be sent ahead, they stay in the input. */
  function gather(box, input, files) {
    const kept = new DataTransfer();
    list(box).replaceChildren();
    files.forEach((file) => {
      const words = wrong(box, input, file);
      if (words) { refuse(box, file, words); return; }
      const { row } = show(box, file);
      row.append(button("移除", file.name, () => gather(box, input, Array.from(input.files).filter((one) => one !== file))));
      kept.items.add(file);
    });
    input.files = kept.files;
  }

  function take(box, files) {
    const input = box.querySelector("input[type=file]");
    if (!box.dataset.hold) { gather(box, input, files); return; }
    files.forEach((file) => send(box, input, file));
    input.value = "";
  }

  /* A pasted screenshot has no name of its own. */
  function named(file) {
    if (!/^image\.(png|jpe?g|webp)$/.test(file.name)) return file;
    const at = new Date();
    const two = (number) => String(number).padStart(2, "0");
    const stamp = `${at.getFullYear()}${two(at.getMonth() + 1)}${two(at.getDate())}-${two(at.getHours())}${two(at.getMinutes())}${two(at.getSeconds())}`;
    return new File([file], `截图-${stamp}.${file.name.split(".").pop()}`, { type: file.type });
  }

  /* In the words of the page instead of the browser's; the input itself stays, for the keyboard and for readers. */
  function adder(input) {
    const line = document.createElement("div");
    line.className = "add";
    const look = document.createElement("span");
    look.className = "btn";
    look.setAttribute("aria-hidden", "true");
    look.textContent = input.hasAttribute("capture") ? "拍照或选择照片" : "选择文件";
    look.addEventListener("click", () => input.click());
    const tip = document.createElement("span");
    tip.className = "tip desk-only";
    tip.textContent = "可多选、拖入，或按 Ctrl+V 粘贴截图";
    line.append(look, tip);
    return line;
  }

  function start(box) {
    if (box.dataset.ready) return;
    box.dataset.ready = "1";
    const input = box.querySelector("input[type=file]");
    if (input.required) box.dataset.required = "";
    all(".held-files > li[data-held]", box).forEach((row) => {
      const tick = row.querySelector("input[type=checkbox]");
      const hidden = document.createElement("input");
      hidden.type = "hidden";
      hidden.name = tick.name;
      hidden.value = tick.value;
      const label = row.querySelector("label");
      const name = row.querySelector(".name");
      label.replaceWith(name);
      if (!row.classList.contains("bad")) row.append(hidden);
      row.append(button("移除", name.textContent, () => remove(box, row)));
    });
    settle(box);
    box.append(adder(input));
    box.classList.add("ready");
    input.addEventListener("change", () => take(box, Array.from(input.files)));
    ["dragenter", "dragover"].forEach((kind) => box.addEventListener(kind, (event) => {
      if (!event.dataTransfer.types.includes("Files")) return;
      event.preventDefault();
      box.classList.add("over");
    }));
    box.addEventListener("dragleave", (event) => { if (!box.contains(event.relatedTarget)) box.classList.remove("over"); });
    box.addEventListener("drop", (event) => {
      box.classList.remove("over");
      if (!event.dataTransfer.files.length) return;
      event.preventDefault();
      take(box, Array.from(event.dataTransfer.files));
    });
  }

  document.addEventListener("paste", (event) => {
    const form = event.target.closest && event.target.closest("form");
    const box = form && all("[data-upload]", form).pop();
    const files = Array.from((event.clipboardData && event.clipboardData.files) || []);
    if (!box || !files.length) return;
    event.preventDefault();
    take(box, files.map(named));
  });

  /* Sending the form waits for its files. */
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!sending.get(form)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const pressed = event.submitter;
    if (waiting.has(form)) return;
    waiting.set(form, pressed);
    if (!pressed) return;
    pressed.setAttribute("aria-busy", "true");
    const note = document.createElement("span");
    note.className = "sub";
    note.dataset.wait = "";
    note.setAttribute("role", "status");
    note.textContent = "附件上传完后自动提交…";
    pressed.after(note);
  }, true);

  window.portalFiles = { start };
})();

// What a script adds to pages that are complete without it: counters, a search among units, questions that appear as
// they become relevant, leaving without a trace in the history. Nothing here is kept or sent elsewhere.
(function () {
  "use strict";
  const all = (selector, from) => Array.from((from || document).querySelectorAll(selector));
  const sheet = document.getElementById("sheet");

  // Errors are read first.
  const summary = document.querySelector(".error-summary");
  if (summary) summary.focus();

  // Leaving: the page is gone at once, and "back" does not bring it up again.
  all("form.leave").forEach((form) => {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      document.body.hidden = true;
      fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), redirect: "follow" })
        .then((answer) => location.replace(answer.url))
        .catch(() => form.submit());
    });
  });
  if (!sheet) return;

  // Characters left in a comment, counted as the server counts them.
  all("textarea[data-most]").forEach((box) => {
    const line = document.createElement("p");
    line.className = "counter";
    const spoken = document.createElement("p");
    spoken.className = "hidden-visually";
    spoken.setAttribute("role", "status");
    const count = () => {
      const left = Number(box.dataset.most) - Array.from(box.value.normalize("NFC").trim()).length;
      line.textContent = (left < 0 ? box.dataset.over : box.dataset.left).replace("#", Math.abs(left));
      line.classList.toggle("counter-over", left < 0);
      return left;
    };
    let pause;
    box.addEventListener("input", () => {
      const left = count();
      clearTimeout(pause);
      pause = setTimeout(() => { spoken.textContent = left < 50 ? line.textContent : ""; }, 1000);
    });
    count();
    box.after(line, spoken);
  });

  // "Don't know" beside something typed; answers that stand alone among several.
  all("[data-instead]").forEach((box) => {
    const typed = all("input[type=text], input[type=date], textarea, select", sheet).filter((field) => field.name === box.dataset.instead);
    typed.forEach((field) => field.addEventListener("input", () => { if (field.value) box.checked = false; }));
    box.addEventListener("change", () => {
      if (box.checked) all("[data-instead]").forEach((other) => { if (other !== box && other.dataset.instead === box.dataset.instead) other.checked = false; });
    });
  });
  all("fieldset").forEach((group) => {
    const boxes = all("input[type=checkbox]:not([data-instead])", group);
    if (!boxes.some((box) => "alone" in box.dataset)) return;
    group.addEventListener("change", (event) => {
      if (!boxes.includes(event.target) || !event.target.checked) return;
      const alone = "alone" in event.target.dataset;
      boxes.forEach((box) => { if (box !== event.target && (alone || "alone" in box.dataset)) box.checked = false; });
    });
  });

  // Units are found without diacritics: "Dong" finds "Đông". The same folding as the server's data-plain.
  const plain = (text) => text.toLowerCase().replace(/đ/g, "d").normalize("NFD").replace(/\p{M}/gu, "");
  all(".picker").forEach((group, number) => {
    const rows = all(".choice[data-plain]", group);
    if (rows.length < 6) return;
    const field = document.createElement("div");
    field.className = "find";
    const label = document.createElement("label");
    const box = document.createElement("input");
    const found = document.createElement("p");
    box.type = "search";
    box.id = label.htmlFor = "find-" + number;
    box.autocomplete = "off";
    label.textContent = group.dataset.find;
    found.className = "hidden-visually";
    found.setAttribute("role", "status");
    field.append(label, box, found);
    group.querySelector(".choices").before(field);
    box.addEventListener("input", () => {
      const words = plain(box.value).split(/\s+/).filter(Boolean);
      let shown = 0;
      rows.forEach((row) => {
        const fits = words.every((word) => row.dataset.plain.includes(word)) || row.querySelector("input").checked;
        row.hidden = !fits;
        shown += fits ? 1 : 0;
      });
      found.textContent = group.dataset.found.replace("#", shown);
    });
    box.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
  });

  // The main unit is not offered again as the other one.
  const mains = all(".picker input[name$='.main']");
  const others = mains.length ? all(".picker input[name='" + mains[0].name.replace(/\.main$/, "") + "']") : [];
  const spare = () => {
    const main = mains.find((box) => box.checked);
    others.forEach((box) => {
      const same = main && box.value === main.value;
      if (same) box.checked = false;
      box.closest(".choice").hidden = Boolean(same);
    });
  };
  mains.forEach((box) => box.addEventListener("change", spare));
  spare();

  // A question that hangs on an answer of the same page appears when its condition holds.
  const value = (name) => new FormData(sheet).getAll(name).filter(Boolean);
  const compare = {
    "==": (a, b) => a === b, "!=": (a, b) => a !== b, "<": (a, b) => a < b,
    "<=": (a, b) => a <= b, ">": (a, b) => a > b, ">=": (a, b) => a >= b,
  };
  const escapes = ["not_applicable", "dont_know", "declined"];
  function holds(tree) {
    if (typeof tree === "boolean") return tree;
    if (tree.is === "every") return tree.parts.every(holds);
    if (tree.is === "some") return tree.parts.some(holds);
    if (tree.is === "not") return !holds(tree.part);
    const given = value(tree.name).filter((one) => !escapes.includes(one));
    if (!given.length) return false;
    if (tree.is === "answered") return true;
    if (tree.is === "includes") return given.includes(tree.code);
    const field = sheet.elements[tree.name];
    const base = Number((field && field.dataset && field.dataset.base) || 1);
    const left = tree.numeric ? Number(given[0].replace(",", ".")) * base : given[0];
    const right = (text) => (tree.numeric ? Number(text) : text);
    if (tree.is === "among") return tree.values.some((text) => left === right(text));
    return compare[tree.operator](left, right(tree.value));
  }
  const hanging = all("[data-when]").map((card) => [card, JSON.parse(card.dataset.when)]);
  if (hanging.length) {
    const settle = () => hanging.forEach(([card, tree]) => { card.hidden = !holds(tree); });
    sheet.addEventListener("input", settle);
    sheet.addEventListener("change", settle);
    settle();
  }
})();

"use strict";
(() => {
  const root = document.documentElement;
  const data = JSON.parse(document.getElementById("data").textContent);
  const byId = (id) => document.getElementById(id);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const articles = all(".step");
  const state = { step: 1, row: byId("row").value };

  // The step's place in the page's address: so the back button goes back, and a step can be linked to.
  const address = { none: () => {}, push: (to) => history.pushState(null, "", to), replace: (to) => history.replaceState(null, "", to) };

  function show(step, kept = "push") {
    const before = state.step;
    state.step = Math.min(Math.max(step, 1), data.steps.length);
    articles.forEach((article, i) => article.classList.toggle("current", i + 1 === state.step));
    const [, phase, told] = data.steps[state.step - 1];
    byId("status").textContent = told;
    byId("previous").disabled = byId("first").disabled = state.step === 1;
    byId("next").disabled = byId("last").disabled = state.step === data.steps.length;
    all("#phases button").forEach((b) => b.setAttribute("aria-current", String(b.dataset.phase === phase)));
    draw();
    empty();
    settle();
    if (state.step === before) return;
    try {
      address[kept](`#step-${state.step}`);
    } catch {
      // A page inside another one has no address of its own.
    }
  }

  // Whoever has scrolled down sees the beginning of the next step, under the bar.
  function settle() {
    const top = document.querySelector("main").offsetTop - byId("bar").offsetHeight;
    if (scrollY > top) scrollTo(0, top);
  }

  function draw() {
    for (const part of all(".net .live")) {
      const { from, to, row } = part.dataset;
      const now = from <= state.step && state.step < to && (row === undefined || row === state.row);
      part.classList.toggle("on", now);
    }
    const frame = document.querySelector(".drawing .scroll");
    frame.scrollLeft = data.steps[state.step - 1][3] * frame.scrollWidth - frame.clientWidth / 2;
  }

  // ---- which numbers this one is made of

  function forget() {
    all(".hot, .part").forEach((e) => e.classList.remove("hot", "part"));
  }

  const hint = byId("inspector").firstElementChild;

  function empty() {
    forget();
    byId("inspector").replaceChildren(hint);
    byId("inspector").classList.add("empty");
  }

  function matches(element, [name, row, column]) {
    const own = element.dataset;
    const table = own.t ?? element.closest("[data-t]").dataset.t;
    const r = own.r ?? (element.tagName === "TD" ? "0" : state.row);
    return table === name && (row === null || String(row) === r) && (column === null || String(column) === own.c);
  }

  function inspect(element) {
    const holder = element.closest("[data-t]");
    const name = holder.dataset.t;
    const row = element.dataset.r ?? state.row;
    const column = element.dataset.c;
    forget();
    element.classList.add("hot");
    const [place, ...entry] = data.cells[name][`${row},${column}`];
    const panel = byId("inspector");
    panel.replaceChildren();
    panel.classList.remove("empty");
    const line = (text, kind) => {
      const p = document.createElement("p");
      const code = document.createElement("code");
      text.split(/([\d.]+e-\d+)/).forEach((piece, i) => { // no line ends within 1e-5
        const part = document.createElement("span");
        part.textContent = piece;
        if (i % 2) part.className = "one";
        code.append(part);
      });
      p.className = kind;
      p.append(code);
      panel.append(p);
    };
    if (entry.length === 1) {
      line(`${place} = ${entry[0]}: ${data.words.given}`, "");
      return;
    }
    const [symbols, numbers, value, parts] = entry;
    line(`${place} = ${symbols}`, "sym");
    line(`${place} = ${numbers}${numbers === value ? "" : ` = ${value}`}`, "num");
    const candidates = all(".step.current td, .net .node, .net .on .edge");
    const made = candidates.filter((e) => e !== element && parts.some((part) => matches(e, part)));
    made.forEach((e) => e.classList.add("part"));
    line(`${data.words["made of"]} ${parts.map((part) => part[3]).join(", ")}`, "parts");
  }

  const target = (event) => event.target.closest?.("td, .net .node, .net .edge[data-t]");
  for (const kind of ["pointerover", "click", "focusin"]) {
    document.addEventListener(kind, (event) => {
      const element = target(event);
      if (element) inspect(element);
    });
  }

  // ---- buttons and keys

  byId("first").addEventListener("click", () => show(1));
  byId("previous").addEventListener("click", () => show(state.step - 1));
  byId("next").addEventListener("click", () => show(state.step + 1));
  byId("last").addEventListener("click", () => show(data.steps.length));
  all("#phases button").forEach((b) => b.addEventListener("click", () => show(Number(b.dataset.step))));
  byId("row").addEventListener("change", (event) => {
    state.row = event.target.value;
    draw();
    empty();
  });
  byId("notation").addEventListener("click", (event) => {
    const symbols = root.classList.toggle("symbols");
    event.target.setAttribute("aria-pressed", String(symbols));
  });
  byId("theme").addEventListener("click", (event) => {
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    event.target.setAttribute("aria-pressed", String(!dark));
  });

  function moveWithin(cell, key) {
    const line = cell.parentElement;
    const body = line.parentElement;
    const [dy, dx] = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[key];
    const next = body.rows[[...body.rows].indexOf(line) + dy]?.cells[cell.cellIndex + dx];
    if (next?.tagName === "TD") {
      all("td", body).forEach((td) => (td.tabIndex = -1));
      next.tabIndex = 0;
      next.focus();
    }
  }

  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.target.matches?.("select")) return;
    const cell = event.target.closest?.("td");
    if (cell && event.key.startsWith("Arrow")) moveWithin(cell, event.key);
    else if (cell && event.key === "Escape") byId("next").focus();
    else if (event.key === "ArrowRight") show(state.step + 1, event.repeat ? "replace" : "push");
    else if (event.key === "ArrowLeft") show(state.step - 1, event.repeat ? "replace" : "push");
    else if (event.key === "Home") show(1);
    else if (event.key === "End") show(data.steps.length);
    else return;
    event.preventDefault();
  });

  function fromAddress() {
    const found = /^#step-(\d+)$/.exec(location.hash);
    show(found ? Number(found[1]) : 1, "none");
    if (found) byId(`head-${state.step}`).focus({ preventScroll: true });
  }
  addEventListener("hashchange", fromAddress);
  root.classList.add("js");
  new ResizeObserver(() => root.style.setProperty("--bar", `${byId("bar").offsetHeight}px`)).observe(byId("bar"));
  fromAddress();
})();

// Shows one frame of a training at a time: curves, decision boundary, weights, gradients, outputs, and the frame's trace.
const film = JSON.parse(document.getElementById("data").textContent);
const W = film.words;
const $ = (id) => document.getElementById(id);

class Run {
  constructor(data, parent) {
    this.data = data;
    this.fixed = floats(data.fixed);
    this.frames = floats(data.frames);
    this.levels = data.plane ? bytes(data.plane.levels) : null;
    this.largest = {};
    this.section = make("section", parent, null, { class: "run", "aria-label": data.name });
    if (film.runs.length > 1) make("h2", this.section, data.name);
    const top = make("div", this.section, null, { class: "pictures" });
    const names = Object.keys(data.curves);
    const losses = names.filter((name) => /loss$/.test(name));
    this.curves = [[W.losses, losses], [W.metrics, names.filter((name) => !losses.includes(name))]]
      .filter(([, shown]) => shown.length)
      .map(([title, shown]) => ({ shown, ...this.figure(top, title, 280, 180, true) }));
    if (data.plane) {
      const [across, up] = data.plane.pair;
      this.plane = this.figure(top, fill(W.boundary, { across, up }), 260, 260, true);
    }
    this.maps = [];
    for (const [layer, weights, output] of data.layers) {
      const row = make("div", this.section, null, { class: "pictures" });
      make("h3", row, layer);
      for (const name of weights) {
        this.map(row, name, W.weights);
        this.map(row, "d" + name, W.gradients);
      }
      if (output) this.map(row, output, fill(W.activations, { samples: data.arrays[output][2].length }));
    }
    this.trace = make("details", this.section, null, { class: "trace" });
    make("summary", this.trace, W.open);
    this.steps = make("div", this.trace);
    this.trace.addEventListener("toggle", () => this.showTrace());
  }

  figure(parent, title, width, height, smooth) {
    const figure = make("figure", parent);
    const caption = make("figcaption", figure, title);
    const canvas = make("canvas", figure, null, { width, height, role: "img", class: smooth ? "smooth" : "" });
    if (smooth) figure.style.width = width + 2 + "px"; // captions wrap, so that the runs' pictures stand in line
    return { caption, canvas, title };
  }

  map(parent, name, what) {
    const [, , rows, columns, shape] = this.data.arrays[name];
    const [width, height] = [columns.length, rows.length];
    const { caption, canvas } = this.figure(parent, "", width, height, false);
    const cell = Math.max(3, Math.min(22, Math.floor(260 / Math.max(width, height))));
    canvas.style.width = width * cell + "px";
    canvas.style.height = height * cell + "px";
    canvas.parentNode.style.width = Math.max(180, width * cell + 2) + "px";
    make("b", caption, name);
    const part = shape && width * height < shape.split("×").reduce((product, n) => product * n, 1);
    caption.append(` (${shape || 1}) ${what}` + (part ? ", " + fill(W.excerpt, { rows: height, columns: width }) : "") + ", ");
    const size = make("span", caption);
    canvas.setAttribute("aria-label", fill(W.picture, { name }));
    this.maps.push({ name, canvas, size });
  }

  // The last frame that is not after the epoch.
  at(epoch) {
    let frame = 0;
    while (frame + 1 < this.data.epochs.length && this.data.epochs[frame + 1] <= epoch) frame += 1;
    return frame;
  }

  values(name, frame = this.frame) {
    const [fixed, offset, rows, columns] = this.data.arrays[name];
    const start = fixed ? offset : frame * this.data.size + offset;
    return (fixed ? this.fixed : this.frames).subarray(start, start + rows.length * columns.length);
  }

  top(name) {
    if (!(name in this.largest)) {
      let largest = 0;
      for (let frame = 0; frame < this.data.epochs.length; frame += 1)
        for (const v of this.values(name, frame)) if (Math.abs(v) > largest && Number.isFinite(v)) largest = Math.abs(v);
      this.largest[name] = largest;
    }
    return this.largest[name];
  }

  show(epoch) {
    this.epoch = epoch;
    this.frame = this.at(epoch);
    const colours = tones();
    for (const { name, canvas, size } of this.maps) {
      const gradient = name.startsWith("d");
      const values = this.values(name);
      // Weights and outputs keep one scale, so that one sees them grow; gradients shrink to nothing on theirs.
      const top = gradient ? values.reduce((t, v) => Math.max(t, Math.abs(v) || 0), 0) : this.top(name);
      size.textContent = fill(W.largest, { size: number(top) });
      paint(canvas, values, top, colours);
    }
    for (const curve of this.curves) this.drawCurve(curve, colours);
    if (this.plane) this.drawPlane(colours);
    this.showTrace();
  }

  // The least and the largest of curves; of all runs together, where one scale shows them all.
  range(shown) {
    const of = (curves) => {
      const all = shown.flatMap((name) => curves[name] || []).filter((v) => v !== null);
      const low = Math.min(0, ...all);
      return [low, Math.max(...all, low + 1e-12)];
    };
    const own = of(this.data.curves);
    const all = film.runs.map((run) => of(run.curves)).filter(([low, high]) => high - low > 1e-9);
    const sizes = all.map(([low, high]) => high - low);
    if (!sizes.length || Math.max(...sizes) > 10 * Math.min(...sizes)) return own; // one has diverged
    return [Math.min(...all.map(([low]) => low)), Math.max(...all.map(([, high]) => high))];
  }

  drawCurve({ shown, canvas, caption, title }, colours) {
    const pen = canvas.getContext("2d"), { width, height } = canvas;
    const [low, high] = this.range(shown);
    const last = film.last;
    const x = (epoch) => 6 + ((width - 12) * epoch) / Math.max(1, last);
    const y = (v) => height - 6 - ((height - 12) * (v - low)) / (high - low);
    pen.clearRect(0, 0, width, height);
    shown.forEach((name, k) => {
      pen.strokeStyle = `rgb(${PALETTE[k % PALETTE.length]})`;
      pen.setLineDash(name.startsWith("val_") ? [5, 3] : []);
      pen.lineWidth = 2;
      pen.beginPath();
      let down = false;
      this.data.curves[name].slice(0, this.data.epochs[this.frame]).forEach((v, epoch) => {
        if (v === null) down = false;
        else { pen[down ? "lineTo" : "moveTo"](x(epoch + 1), y(v)); if (!down) pen.lineTo(x(epoch + 1) + 0.1, y(v)); down = true; }
      });
      pen.stroke();
    });
    const done = this.data.epochs[this.frame];
    caption.textContent = "";
    make("b", caption, title);
    shown.forEach((name, k) => {
      const v = done ? this.data.curves[name][done - 1] : undefined;
      const told = " " + name + (v === undefined ? "" : " " + (v === null ? "–" : number(v)));
      make("span", caption, told).style.color = `rgb(${PALETTE[k % PALETTE.length]})`;
    });
    caption.append(", " + fill(W.largest, { size: number(high) })); // the height of the picture
    canvas.setAttribute("aria-label", fill(W.curve, { names: shown.join(", "), epoch: done }));
  }

  drawPlane(colours) {
    const { canvas } = this.plane, { low, high, points, classes, range } = this.data.plane;
    const side = film.side, levels = this.levels.subarray(this.frame * side * side, (this.frame + 1) * side * side);
    const small = document.createElement("canvas");
    small.width = small.height = side;
    const pen = canvas.getContext("2d"), dots = small.getContext("2d");
    const middle = (range[0] + range[1]) / 2, half = (range[1] - range[0]) / 2;
    const tone = (label) => (classes ? ofClass(label, classes) : label > middle ? colours.positive : colours.negative);
    for (let i = 0; i < side * side; i += 1) {
      const level = levels[i];
      const v = range[0] + (level / 255) * (range[1] - range[0]);
      const [colour, alpha] = classes
        ? [tone(Math.floor(level / film.shades)), (level % film.shades) / film.shades]
        : [tone(v), Math.abs(v - middle) / half];
      dots.fillStyle = `rgba(${colour},${(0.08 + 0.55 * alpha).toFixed(3)})`;
      dots.fillRect(i % side, side - 1 - Math.floor(i / side), 1, 1);
    }
    pen.clearRect(0, 0, canvas.width, canvas.height), pen.drawImage(small, 0, 0, canvas.width, canvas.height);
    for (const [a, b, label] of points) {
      pen.beginPath();
      const across = (canvas.width * (a - low[0])) / (high[0] - low[0]), up = (canvas.height * (b - low[1])) / (high[1] - low[1]);
      pen.arc(across, canvas.height - up, 2.6, 0, 7);
      pen.fillStyle = `rgb(${tone(label)})`;
      pen.fill();
      pen.strokeStyle = colours.back;
      pen.lineWidth = 0.8;
      pen.stroke();
    }
    canvas.setAttribute("aria-label", this.plane.title);
  }

  showTrace() {
    if (!this.trace.open) return;
    if (!this.steps.firstChild) this.makeTrace();
    for (const { name, cells } of this.tables) {
      const top = this.values(name).reduce((t, v) => Math.max(t, Math.abs(v) || 0), 0);
      this.values(name).forEach((v, i) => {
        cells[i].textContent = number(v);
        cells[i].className = (v >= 0 ? "p" : "m") + Math.round(top ? (4 * Math.abs(v)) / top : 0);
      });
    }
  }

  makeTrace() {
    this.tables = [];
    this.data.given.forEach((name) => this.table(make("article", this.steps, null, { class: "step" }), name, W.given));
    this.data.steps.forEach(([name, phase, told, layer, formula, shapes, why], i) => {
      const article = make("article", this.steps, null, { class: "step " + phase });
      make("p", article, fill(W.step, { place: i + 1, phase: told, layer }), { class: "where" });
      make("code", make("h4", article), `${name} = ${formula}`);
      make("p", article, shapes, { class: "shapes" });
      make("p", article, why, { class: "why" });
      this.table(article, name, "");
    });
  }

  table(parent, name, what) {
    const [, , rows, columns, shape] = this.data.arrays[name];
    const table = make("table", make("div", parent, null, { class: "scroll" }), null, { "data-t": name });
    make("caption", table, `${name} (${shape || 1})${what ? ", " + what : ""}`);
    const cells = [];
    const head = make("tr", table);
    make("th", head);
    columns.forEach((c) => make("th", head, String(c)));
    rows.forEach((r) => {
      const line = make("tr", table);
      make("th", line, String(r));
      columns.forEach(() => cells.push(make("td", line)));
    });
    this.tables.push({ name, cells });
  }
}

document.documentElement.classList.add("js");
film.epochs = [...new Set(film.runs.flatMap((run) => run.epochs))].sort((a, b) => a - b);
film.last = film.epochs[film.epochs.length - 1];
$("runs").style.setProperty("--runs", film.runs.length);
const runs = film.runs.map((data) => new Run(data, $("runs")));
const slider = Object.assign($("slider"), { max: film.epochs.length - 1 });
let timer = null;

const show = (place) => {
  const at = Math.max(0, Math.min(film.epochs.length - 1, place));
  slider.value = at;
  const epoch = film.epochs[at];
  const said = epoch ? fill(W.status, { epoch, last: film.last }) : W.start;
  $("status").textContent = said;
  slider.setAttribute("aria-valuetext", said);
  runs.forEach((run) => run.show(epoch));
  $("previous").disabled = at === 0;
  $("next").disabled = at === film.epochs.length - 1;
};
const pause = () => {
  timer = clearInterval(timer) ?? null;
  $("play").textContent = W.play;
  $("play").setAttribute("aria-pressed", "false");
};
const play = () => {
  if (+slider.value === film.epochs.length - 1) show(0);
  $("play").textContent = W.pause;
  $("play").setAttribute("aria-pressed", "true");
  clearInterval(timer);
  timer = setInterval(() => {
    show(+slider.value + 1);
    if (+slider.value === film.epochs.length - 1) pause();
  }, +$("speed").value);
};
const go = (place) => { pause(); show(place); };

$("play").addEventListener("click", () => (timer === null ? play() : pause()));
$("previous").addEventListener("click", () => go(+slider.value - 1));
$("next").addEventListener("click", () => go(+slider.value + 1));
$("speed").addEventListener("change", () => { if (timer !== null) play(); });
slider.addEventListener("input", () => go(+slider.value));
$("theme").addEventListener("click", () => {
  const dark = getComputedStyle(document.documentElement).colorScheme !== "dark" && document.documentElement.dataset.theme !== "dark";
  document.documentElement.dataset.theme = dark ? "dark" : "light";
  $("theme").setAttribute("aria-pressed", String(dark));
  show(+slider.value);
});
document.addEventListener("keydown", (event) => {
  const own = event.target.matches("select, summary") || event.target.matches(event.key === " " ? "button" : "input");
  if (own || event.ctrlKey || event.altKey || event.metaKey) return; // a button has its own space, the slider its arrows
  const places = { ArrowLeft: +slider.value - 1, ArrowRight: +slider.value + 1, Home: 0, End: film.epochs.length - 1 };
  if (event.key in places) go(places[event.key]);
  else if (event.key === " ") (timer === null ? play : pause)();
  else return;
  event.preventDefault();
});
window.runs = runs; // for whoever looks at the numbers from the console
show(0);

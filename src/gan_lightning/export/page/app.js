// The page: a grid of fresh samples, and a walk between two of them.
"use strict";

const model = JSON.parse(document.getElementById("model").textContent);
const element = (id) => document.getElementById(id);
const POINTS = model.shape.length === 1, WEAKEST = 0.05, STRONGEST = 3, STOPS = 11;

// All numbers of the network in one block of 32-bit floats, cut into constants.
const constants = (() => {
  const bytes = Uint8Array.from(atob(model.weights), (c) => c.charCodeAt(0)), all = new Float32Array(bytes.buffer);
  let at = 0;
  return model.nodes.filter((node) => node.op === "constant").map((node) => all.subarray(at, (at += size(node.shape))));
})();

const state = { seed: model.seed, truncation: null, label: null, first: 0, second: 1, t: 0.5, playing: false };
let task = 0;  // of the samples that are being made; a newer one ends them

// Sample of a latent and a class: numbers [channels, height, width], or a point [2].
function generate(latent, label) {
  return runGraph(model.nodes, constants, { latent, label: [label] });
}

function labelOf(index) {
  return state.label ?? (model.classes ? index % model.classes : 0);
}

// The sample of this number, as `python -m gan_lightning.sample` makes it.
function sample(index) {
  return generate(latentOf(state.seed, index, model.latent_dim, state.truncation), labelOf(index));
}

// Bytes of red, green, blue, opacity; -1 is black, 1 is white.
function pixels(image) {
  const [channels, height, width] = model.shape, area = height * width, bytes = new Uint8ClampedArray(4 * area);
  for (let i = 0; i < area; i++) {
    for (let c = 0; c < 3; c++) bytes[4 * i + c] = Math.round((image[(channels === 1 ? 0 : c * area) + i] + 1) * 127.5);
    bytes[4 * i + 3] = 255;
  }
  return bytes;
}

function draw(canvas, image) {
  const [, height, width] = model.shape;
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  canvas.getContext("2d").putImageData(new ImageData(pixels(image), width, height), 0, 0);
}

const pause = () => new Promise((resolve) => setTimeout(resolve, 0));

// Makes samples one by one, and lets the page answer in between; ends when something newer is asked for.
async function fill(count, make) {
  const own = ++task;
  for (let i = 0, since = performance.now(); i < count; i++) {
    make(i);
    if (performance.now() - since > 14) {
      await pause();
      if (own !== task) return false;
      since = performance.now();
    }
  }
  return true;
}

// ---- images

const columns = model.columns, count = POINTS ? model.count : columns * Math.max(1, Math.round(model.count / columns));
const tiles = [];

function buildImages() {
  element("samples").style.setProperty("--columns", columns);
  if (!model.classes) element("samples").className = "free";  // columns are not classes: phones have fewer
  for (let i = 0; i < count; i++) {
    const tile = document.createElement("button"), canvas = document.createElement("canvas");
    Object.assign(canvas, { width: model.shape[2], height: model.shape[1] });
    tile.className = "tile";
    tile.setAttribute("aria-label", `Sample ${i}`);
    tile.append(canvas);
    tile.onclick = () => choose(i);
    tiles.push({ tile, canvas });
    element("samples").append(tile);
  }
  for (let i = 0; i < STOPS; i++) element("strip").append(document.createElement("canvas"));
}

function mark() {
  tiles.forEach(({ tile }, i) => {
    if (i === state.first || i === state.second) tile.dataset.mark = i === state.first ? "A" : "B";
    else delete tile.dataset.mark;
  });
}

// ---- points

const cloud = { points: [], path: [], half: 1 };

function buildPoints() {
  const canvas = document.createElement("canvas");
  canvas.id = "scatter";
  canvas.setAttribute("aria-label", "Samples as points of the plane");
  element("samples").className = "points";
  element("walk").className = "points";
  element("samples").append(canvas);
  cloud.canvas = canvas;
  canvas.onclick = (event) => {
    const box = canvas.getBoundingClientRect(), at = [event.clientX - box.left, event.clientY - box.top];
    const scale = canvas.width / box.width;
    const far = ([x, y]) => Math.hypot(place([x, y])[0] / scale - at[0], place([x, y])[1] / scale - at[1]);
    choose(cloud.points.reduce((best, point, i) => (far(point) < far(cloud.points[best]) ? i : best), 0));
  };
}

function place([x, y]) {
  const { width, height } = cloud.canvas, scale = Math.min(width, height) / (2 * cloud.half);
  return [width / 2 + x * scale, height / 2 - y * scale];
}

function drawPoints() {
  const canvas = cloud.canvas, density = Math.min(2, window.devicePixelRatio || 1);
  const width = canvas.clientWidth || 900;
  canvas.width = width * density;
  canvas.height = Math.min(width, 560) * density;
  const css = getComputedStyle(document.documentElement), color = (name) => css.getPropertyValue(name).trim();
  const context = canvas.getContext("2d"), dot = (point, radius) => {
    context.beginPath();
    context.arc(...place(point), radius * density, 0, 2 * Math.PI);
    context.fill();
  };
  context.fillStyle = color("--wash");
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = color("--first");
  context.globalAlpha = 0.55;
  cloud.points.forEach((point) => dot(point, 2));
  context.globalAlpha = 1;
  if (!cloud.path.length) return;
  context.strokeStyle = context.fillStyle = color("--second");
  context.lineWidth = 2.5 * density;
  context.beginPath();
  cloud.path.forEach((point) => context.lineTo(...place(point)));
  context.stroke();
  dot(cloud.path[0], 5);
  dot(cloud.path[cloud.path.length - 1], 5);
  context.fillStyle = color("--ink");
  dot(generate(walkLatent(state.t), labelOf(state.first)), 7);
}

// ---- the walk

function walkLatent(t) {
  const [from, to] = [state.first, state.second].map((i) => latentOf(state.seed, i, model.latent_dim, state.truncation));
  return between(Array.from(from), Array.from(to), t);
}

function walkTo(t) {
  state.t = Math.max(0, Math.min(1, t));
  element("position").value = Math.round(1000 * state.t);
  element("middle").setAttribute("aria-valuenow", Math.round(100 * state.t));
  element("middle-text").textContent = `${Math.round(100 * state.t)} % of the way`;
  if (POINTS) drawPoints();
  else draw(element("middle"), generate(walkLatent(state.t), labelOf(state.first)));
}

async function drawWalk() {
  const label = labelOf(state.first);
  if (POINTS) {
    cloud.path = Array.from({ length: 201 }, (_, i) => Array.from(generate(walkLatent(i / 200), label)));
    return walkTo(state.t);
  }
  mark();
  walkTo(state.t);
  draw(element("first"), generate(walkLatent(0), label));
  draw(element("second"), generate(walkLatent(1), label));
  element("first-text").textContent = `A: sample ${state.first}`;
  element("second-text").textContent = `B: sample ${state.second}`;
  if (model.classes && label !== labelOf(state.second)) element("second-text").textContent += `, as class ${label}`;
  const strip = element("strip").children;
  await fill(STOPS, (i) => draw(strip[i], generate(walkLatent(i / (STOPS - 1)), label)));
}

// Each choice is the new end B, and the last B becomes the start A.
function choose(index) {
  if (index === state.second) return;
  [state.first, state.second] = [state.second, index];
  drawWalk();
}

function play(now) {
  if (!state.playing) return;
  walkTo((1 - Math.cos((now - state.playing) / 1300)) / 2);
  requestAnimationFrame(play);
}

// ---- everything

async function refresh() {
  element("seed").value = state.seed;
  element("seed-text").textContent = state.seed;
  element("truncation-text").textContent = state.truncation === null ? "none" : `|z| ≤ ${state.truncation.toFixed(2)}`;
  for (const chip of element("classes").querySelectorAll("button"))
    chip.setAttribute("aria-pressed", chip.dataset.label === String(state.label));
  if (POINTS) {
    const points = [];
    if (!(await fill(count, (i) => points.push(Array.from(sample(i)))))) return;
    cloud.points = points;
    if (!refresh.scaled) {
      const far = points.map((point) => Math.max(...point.map(Math.abs))).sort((a, b) => a - b);
      cloud.half = 1.25 * (far[Math.floor(0.99 * far.length)] || 1);
      refresh.scaled = true;
    }
  } else if (!(await fill(count, (i) => draw(tiles[i].canvas, sample(i))))) return;
  await drawWalk();
  document.body.dataset.ready = "true";
}

function save(canvas, name) {
  const link = document.createElement("a");
  link.download = name;
  link.href = canvas.toDataURL("image/png");
  link.click();
}

// Canvases side by side, each pixel a square.
function sheet(canvases, across) {
  const [, height, width] = model.shape, zoom = Math.max(1, Math.ceil(84 / Math.max(height, width))), gap = 2;
  const whole = document.createElement("canvas"), rows = Math.ceil(canvases.length / across);
  whole.width = across * (width * zoom + gap) + gap;
  whole.height = rows * (height * zoom + gap) + gap;
  const context = whole.getContext("2d");
  context.fillStyle = "#3b424b";
  context.fillRect(0, 0, whole.width, whole.height);
  context.imageSmoothingEnabled = false;
  canvases.forEach((canvas, i) => {
    const x = (i % across) * (width * zoom + gap) + gap, y = Math.floor(i / across) * (height * zoom + gap) + gap;
    context.drawImage(canvas, x, y, width * zoom, height * zoom);
  });
  return whole;
}

function start() {
  if (POINTS) buildPoints();
  else buildImages();
  element("hint").textContent = POINTS
    ? "Click two points, then drag the slider."
    : "Click two samples above, then drag across the picture or the slider.";
  if (model.classes) {
    element("classes").hidden = false;
    for (const label of [null, ...Array(model.classes).keys()]) {
      const chip = document.createElement("button");
      chip.textContent = label ?? "all";
      chip.dataset.label = String(label);
      chip.onclick = () => { state.label = label; refresh(); };
      element("classes").append(chip);
    }
  }
  element("seed").max = Math.max(999, model.seed);
  element("seed").oninput = (event) => { state.seed = Number(event.target.value); refresh(); };
  element("truncation").oninput = (event) => {
    const at = Number(event.target.value) / 100;  // even steps in the logarithm
    state.truncation = at === 1 ? null : WEAKEST * (STRONGEST / WEAKEST) ** at;
    refresh();
  };
  element("fresh").onclick = () => { state.seed = (state.seed + 1) % 1000; refresh(); };
  element("position").oninput = (event) => { state.playing = false; label(); walkTo(Number(event.target.value) / 1000); };
  const middle = element("middle"), label = () => { element("play").textContent = state.playing ? "Stop" : "Play"; };
  const drag = (event) => {
    if (!event.buttons) return;
    state.playing = false;
    label();
    const box = middle.getBoundingClientRect();
    walkTo((event.clientX - box.left) / box.width);
  };
  middle.onpointerdown = (event) => { middle.setPointerCapture(event.pointerId); drag(event); };
  middle.onpointermove = drag;
  middle.onkeydown = (event) => {
    const step = { ArrowLeft: -0.02, ArrowRight: 0.02 }[event.key];
    if (step) walkTo(state.t + step);
  };
  element("play").onclick = () => {
    state.playing = state.playing ? false : performance.now();
    label();
    if (state.playing) requestAnimationFrame(play);
  };
  element("save-grid").onclick = () =>
    save(POINTS ? cloud.canvas : sheet(tiles.map(({ canvas }) => canvas), columns), `samples_seed${state.seed}.png`);
  element("save-walk").onclick = () =>
    save(POINTS ? cloud.canvas : sheet([...element("strip").children], STOPS), `walk_seed${state.seed}.png`);
  if (POINTS) window.addEventListener("resize", drawPoints);
  refresh();
}

start();

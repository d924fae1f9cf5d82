"""The script of AttentionExplorer: what a click, a key and the menus do in the page (lesson 09)."""

SCRIPT = """
const S = SETTINGS, [nT, rows, cols] = S.grid, [pT, pH, pW] = S.patch;
const N = rows * cols, tokens = nT * N;
const bytes = text => Uint8Array.from(atob(text.split(",")[1]), c => c.charCodeAt(0));
const pixels = image => {
  const c = make("canvas", {width: image.width, height: image.height});
  const g = c.getContext("2d", {willReadFrequently: true});
  g.drawImage(image, 0, 0);
  return [c, g, g.getImageData(0, 0, c.width, c.height)];
};
const layers = await Promise.all(S.layers.map(async layer => {
  const image = make("img", {src: layer.weights});
  await image.decode();
  return {...layer, byte: pixels(image)[2].data, peak: new Float32Array(bytes(layer.peaks).buffer)};
}));
const poster = root.querySelector("img"), colour = poster;
const [grey, pen, picture] = pixels(poster);
for (let i = 0; i < picture.data.length; i += 4) {
  const [r, g, b] = picture.data.subarray(i, i + 3);
  picture.data.fill(40 + 0.6 * (0.299 * r + 0.587 * g + 0.114 * b), i, i + 3);
}
pen.putImageData(picture, 0, 0);

let [, row, col] = S.query, t = 0, hold = null;
const pick = (label, names) => {
  const e = make("select", {}, "font:inherit"), l = make("label");
  names.forEach((name, i) => e.add(new Option(name, i)));
  l.append(label + " ", e);
  return [e, l];
};
const [layer, layerBox] = pick("layer", layers.map(l => l.name));
const [head, headBox] = pick("head", []);
const shown = make("input", {type: "checkbox", checked: true}), shownBox = make("label");
shownBox.append(shown, " show attention");
const top = make("div", {},
  "display:flex;flex-wrap:wrap;gap:18px;align-items:center;margin-bottom:8px");
const hint = make("span", {textContent: "click a patch to see where it looks"}, "color:#555");
top.append(layerBox, headBox, shownBox, hint);
const heads = () => {
  const n = layers[+layer.value].heads, old = head.value || "mean";
  head.replaceChildren();
  if (n > 1) head.add(new Option("mean", "mean"));
  for (let h = 0; h < n; h++) head.add(new Option(h, h));
  head.value = [...head.options].some(o => o.value === old) ? old : head.options[0].value;
};

const view = scale => {
  const size = {width: S.size[1] * scale, height: S.size[0] * scale};
  const c = make("canvas", size, "cursor:crosshair;display:block");
  c.setAttribute("role", "img");
  return c;
};
const big = view(S.scales[0]);
big.tabIndex = 0;
big.setAttribute("aria-label", "the query's frame: click a patch, or move it with the arrow keys");
const strip = make("div", {},
  `display:grid;gap:6px 4px;grid-template-columns:repeat(${S.columns},max-content)`);
const small = Array.from({length: S.frames}, (_, k) => {
  const c = view(S.scales[1]), f = make("figure", {}, "margin:0");
  const caption = make("figcaption", {}, "text-align:center;font-size:12px;line-height:1.3");
  c.setAttribute("aria-label", "frame " + k);
  f.append(c, caption);
  strip.append(f);
  return [c, caption];
});
const info = make("div", {}, "margin-top:6px;min-height:1.4em");
info.setAttribute("aria-live", "polite");
const stage = make("div", {}, "display:flex;flex-wrap:wrap;gap:12px;align-items:flex-start");
stage.append(big, strip);
poster.replaceWith(top, stage, info);

const weights = () => {
  const l = layers[+layer.value], w = new Float64Array(tokens);
  const q = (Math.floor(t / pT) * rows + row) * cols + col;
  const chosen = head.value === "mean" ? [...Array(l.heads).keys()] : [+head.value];
  for (const h of chosen) {
    const at = (h * tokens + q) * tokens, peak = l.peak[h * tokens + q] / chosen.length;
    for (let k = 0; k < tokens; k++) w[k] += (l.byte[4 * (at + k)] / 255) ** 2 * peak;
  }
  return w;
};
const paint = (c, k, w, peak, line) => {
  const g = c.getContext("2d"), [H, W] = S.size, s = c.width / W;
  g.imageSmoothingEnabled = false;
  const from = [k % COLUMNS * W, Math.floor(k / COLUMNS) * H, W, H];
  g.drawImage(shown.checked ? grey : colour, ...from, 0, 0, c.width, c.height);
  if (shown.checked) {
    g.fillStyle = S.colours[0];
    for (let i = 0; i < N; i++) {
      g.globalAlpha = 0.9 * Math.sqrt(w[Math.floor(k / pT) * N + i] / peak);
      g.fillRect(i % cols * pW * s, Math.floor(i / cols) * pH * s, pW * s, pH * s);
    }
    g.globalAlpha = 1;
  }
  if (Math.floor(k / pT) === Math.floor(t / pT)) {
    g.strokeStyle = S.colours[1];
    g.lineWidth = line;
    g.strokeRect(col * pW * s + line / 2, row * pH * s + line / 2, pW * s - line, pH * s - line);
  }
};
const draw = () => {
  const w = weights(), sum = w.reduce((a, b) => a + b, 0) || 1, peak = Math.max(...w) || 1;
  paint(big, t, w, peak, 4);
  small.forEach(([c, caption], k) => {
    paint(c, k, w, peak, 3);
    const from = Math.floor(k / pT) * N;
    const share = w.slice(from, from + N).reduce((a, b) => a + b, 0) / sum;
    caption.textContent = k + (k % pT ? "" : " \\u00b7 " + Math.round(100 * share) + " %");
    caption.style.fontWeight = k === t ? 700 : 400;
    c.style.outline = k === t ? `2px solid ${S.colours[1]}` : "none";
  });
  const best = w.indexOf(Math.max(...w)), place = best % N;
  info.textContent = `Frame ${t}, row ${row}, column ${col} looks most at ` +
    `frame ${Math.floor(best / N) * pT}, ` +
    `row ${Math.floor(place / cols)}, column ${place % cols} (weight ${w[best].toFixed(3)}).`;
  Object.assign(root.dataset, {row, col, best, weight: w[best].toFixed(4)});
};
const click = (c, k) => { c.onclick = e => {
  const b = c.getBoundingClientRect();
  col = Math.min(cols - 1, Math.max(0, Math.floor((e.clientX - b.left) / b.width * cols)));
  row = Math.min(rows - 1, Math.max(0, Math.floor((e.clientY - b.top) / b.height * rows)));
  hold(k());
  big.focus({preventScroll: true});
}; };
click(big, () => t);
small.forEach(([c], k) => click(c, () => k));
big.onkeydown = e => {
  const step = {ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0]}[e.key];
  if (!step) return;
  row = Math.min(rows - 1, Math.max(0, row + step[0]));
  col = Math.min(cols - 1, Math.max(0, col + step[1]));
  e.preventDefault();
  e.stopPropagation();
  draw();
};
layer.onchange = () => { heads(); draw(); };
head.onchange = shown.onchange = draw;
heads();
hold = clock(root, S.frames, S.fps, false, frame => { t = frame; draw(); });
hold(S.query[0] * pT);
"""

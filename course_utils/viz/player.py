"""HTML that plays: frames as one PNG sprite, one clock for all videos, no kernel, no network."""

import base64
import hashlib
import html
import io
import json

import numpy as np

COLUMNS = 8  # frames in a row of the sprite
# bytes of raw pixels in one viewer; a notebook has to stay small enough to share
LARGEST = 12_000_000

BOX = (
    "background:#fff;color:#222;font:14px/1.4 sans-serif;padding:8px;"
    "display:inline-block;max-width:100%;box-sizing:border-box"
)

# Builds the bar below the pictures and owns the time: it calls show(t) whenever the frame changes.
# The timer runs only while the viewer can be seen: one scrolled away, hidden on another slide or
# removed costs nothing.
CLOCK = """
const make = (tag, props, css) => {
  const e = Object.assign(document.createElement(tag), props);
  if (css) e.style.cssText = css;
  return e;
};
const clock = (root, frames, fps, autoplay, show) => {
  const play = make("button", {type: "button"}, "min-width:64px;font:inherit");
  const slider = make("input", {type: "range", min: 0, max: frames - 1, step: 1, value: 0},
    "flex:1 1 120px;min-width:100px;accent-color:#0072B2");
  slider.setAttribute("aria-label", "frame");
  const count = make("span", {}, "min-width:72px;font-variant-numeric:tabular-nums");
  const speed = make("select", {}, "font:inherit");
  speed.setAttribute("aria-label", "speed");
  for (const v of [0.25, 0.5, 1, 2]) speed.add(new Option(v + "\\u00d7", v, v === 1, v === 1));
  const loop = make("input", {type: "checkbox", checked: true});
  const label = make("label", {}, "white-space:nowrap");
  label.append(loop, " loop");
  const bar = make("div", {},
    "display:flex;flex-wrap:wrap;align-items:center;gap:10px;margin-top:6px");
  bar.append(play, slider, count, speed, label);
  root.append(bar);
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  let t = 0, playing = autoplay && !calm, seen = false, timer = null;
  const update = () => {
    clearInterval(timer);
    const run = playing && seen && root.isConnected && frames > 1;
    timer = run ? setInterval(tick, 1000 / (fps * speed.value)) : null;
    play.textContent = playing ? "Pause" : "Play";
    root.dataset.running = run;
  };
  const go = frame => {
    t = Math.min(frames - 1, Math.max(0, frame));
    slider.value = t;
    slider.setAttribute("aria-valuetext", "frame " + t);
    count.textContent = "frame " + t;
    root.dataset.frame = t;
    show(t);
  };
  const tick = () => {
    if (!root.isConnected) return update();
    if (t < frames - 1) go(t + 1);
    else if (loop.checked) go(0);
    else { playing = false; update(); }
  };
  const toggle = () => {
    playing = !playing;
    if (playing && t === frames - 1) go(0);
    update();
  };
  const hold = frame => { playing = false; update(); go(frame); };
  play.onclick = toggle;
  slider.oninput = () => hold(+slider.value);
  speed.onchange = update;
  root.onkeydown = e => {
    const kind = e.target.tagName + (e.target.type || "");
    if (kind.startsWith("SELECT") || e.ctrlKey || e.metaKey || e.altKey) return;
    const back = t - 1, on = t + 1;
    const keys = {ArrowLeft: back, ArrowDown: back, ArrowRight: on, ArrowUp: on,
                  Home: 0, End: frames - 1};
    const to = keys[e.key];
    if (to !== undefined) hold(to);
    else if (e.key === " " && !/BUTTON|checkbox/.test(kind)) toggle();
    else return;
    e.preventDefault();
  };
  new IntersectionObserver(all => {
    seen = all[all.length - 1].isIntersecting;
    update();
  }).observe(root);
  update();
  go(0);
  return hold;
};
const blit = (g, sprite, t, w, h) =>
  g.drawImage(sprite, t % COLUMNS * w, Math.floor(t / COLUMNS) * h, w, h, 0, 0, w, h);
"""

# A key pressed in a viewer does not reach the page, where a letter would change or delete the cell
# (JupyterLab) or turn the slide. What passes: shortcuts with Ctrl, Cmd or Alt; Escape and Tab;
# Shift + Enter, which runs the cell and goes on; Page Up and Down of a presenter, unless used here.
GUARD = """
for (const kind of ["keydown", "keypress"]) root.addEventListener(kind, e => {
  const leaves = /^(Escape|Tab)$/.test(e.key) || (e.key === "Enter" && e.shiftKey);
  const turns = /^Page(Up|Down)$/.test(e.key) && !e.target.matches("select, input[type=range]");
  if (!(e.ctrlKey || e.metaKey || e.altKey || leaves || turns)) e.stopPropagation();
});
""".strip()

PLAYER = """
const stages = [...root.querySelectorAll("img")].map(img => {
  const [w, h, s] = img.dataset.size.split(" ").map(Number);
  const c = make("canvas", {width: w, height: h},
    `width:${w * s}px;max-width:100%;display:block;image-rendering:pixelated`);
  c.setAttribute("role", "img");
  c.setAttribute("aria-label", img.alt);
  img.replaceWith(c);
  return [c.getContext("2d"), img, w, h];
});
clock(root, SETTINGS.frames, SETTINGS.fps, true, t => {
  for (const [g, img, w, h] of stages) blit(g, img, t, w, h);
});
"""


def png_uri(pixels):
    """A uint8 picture "height width" or "height width 3" as a data address."""
    from PIL import Image

    page = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(page, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(page.getvalue()).decode()


def sprite(frames):
    """Frames "T H W 3" in rows of COLUMNS, row by row: one picture, the rest of it white."""
    T, H, W, _ = frames.shape
    across = min(T, COLUMNS)
    down = -(-T // across)
    sheet = np.full((down * across, H, W, 3), 255, np.uint8)
    sheet[:T] = frames
    return (
        sheet.reshape(down, across, H, W, 3)
        .transpose(0, 2, 1, 3, 4)
        .reshape(down * H, across * W, 3)
    )


def sprite_tag(name, frames, scale):
    """The sprite as an <img>: a poster of all frames until the script runs (or if it may not)."""
    T, H, W, _ = frames.shape
    width = min(T, COLUMNS) * W * min(scale, 2)
    alt = html.escape(f"{name or 'video'}: {T} frames of {H} x {W} pixels")
    return (
        f'<img src="{png_uri(sprite(frames))}" alt="{alt}" data-size="{W} {H} {scale}" '
        f'width="{width}" style="max-width:100%;image-rendering:pixelated;display:block">'
    )


def fragment(inner, script, settings, title, content, label):
    """One self-contained piece of HTML, named by a hash of its `content` (bytes) and settings.

    So it is the same on each build, and two viewers on a page share a name only when they are
    equal; the script then starts every one that has not been started yet.
    """
    settings = json.dumps(settings, sort_keys=True).replace("<", "\\u003c")
    name = "v-" + hashlib.sha256(content + (title + settings).encode()).hexdigest()[:8]
    heading = (
        f'<div style="font-weight:600;margin-bottom:4px">{html.escape(title)}</div>'
        if title
        else ""
    )
    return (
        f'<div data-viewer="{name}" role="group" '
        f'aria-label="{html.escape(title or label)}" style="{BOX}">{heading}{inner}</div>\n'
        f"<script>\n(() => {{\nconst COLUMNS = {COLUMNS}, SETTINGS = {settings};\n{CLOCK.strip()}\n"
        f"document.querySelectorAll('[data-viewer=\"{name}\"]:not([data-ready])')"
        ".forEach(async root => {\n"
        'root.dataset.ready = "yes";\n'
        f"{GUARD}\n"
        'await Promise.all([...root.querySelectorAll("img")].map(img => img.decode()));\n'
        f"{script.strip()}\n}});\n}})();\n</script>"
    )


class Player:
    """Videos side by side on one clock; `rows` is a list of (name, frames "T H W 3" uint8)."""

    def __init__(self, rows, fps, scale, title):
        self.rows, self.fps, self.title = rows, fps, title
        self.frames = len(rows[0][1])
        self.scales = [scale or self._fit(*frames.shape[1:3]) for _, frames in rows]

    def _fit(self, H, W):
        aim = 224 if len(self.rows) == 1 else 160 if len(self.rows) <= 4 else 128
        return max(1, round(aim / max(H, W)))

    def __repr__(self):
        videos = ", ".join(
            f"{name or 'video'} {f.shape[1]} x {f.shape[2]}" for name, f in self.rows
        )
        return f"Player({self.frames} frames at {self.fps:g} per second: {videos})"

    def _repr_html_(self):
        figures = "".join(
            f'<figure style="margin:0">{sprite_tag(name, frames, scale)}'
            + (
                f'<figcaption style="text-align:center">{html.escape(name)}</figcaption>'
                if name
                else ""
            )
            + "</figure>"
            for (name, frames), scale in zip(self.rows, self.scales)
        )
        style = "display:flex;flex-wrap:wrap;gap:12px;align-items:flex-end"
        inner = f'<div style="{style}">{figures}</div>'
        content = b"".join(name.encode() + frames.tobytes() for name, frames in self.rows)
        return fragment(
            inner,
            PLAYER,
            {"frames": self.frames, "fps": self.fps},
            self.title,
            content,
            "video player",
        )

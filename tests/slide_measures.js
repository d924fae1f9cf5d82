// Walks a deck from the first screen to the last, as a lecturer does, and measures each screen.
async () => {
  const deck = {screens: [], code: [], pictures: 0};
  const shown = el => {
    const style = getComputedStyle(el);
    return style.display !== "none" && style.visibility === "visible" && style.opacity === "1";
  };
  const inside = (r, box) => r.left >= box.left - 1 && r.right <= box.right + 1
    && r.top >= box.top - 1 && r.bottom <= box.bottom + 1;
  const look = async screen => {
    const found = [], say = (what, el) => found.push(
      what + ": " + (el.textContent || el.tagName).trim().replace(/\s+/g, " ").slice(0, 50));
    const edge = screen.getBoundingClientRect();
    if (Math.abs(edge.width - 1280) > 0.5 || Math.abs(edge.height - 720) > 0.5
        || edge.left || edge.top) say("screen is not 1280 x 720", screen);
    const foot = screen.querySelector(".dots")?.getBoundingClientRect().top ?? edge.bottom;
    const room = {left: 0, top: 0, right: 1280, bottom: foot};
    for (const box of screen.querySelectorAll("header, .body"))
      if (shown(box) && (box.scrollWidth > box.clientWidth + 1
          || box.scrollHeight > box.clientHeight + 1)) say("overflow", box);
    const walk = document.createTreeWalker(screen, NodeFilter.SHOW_TEXT);
    for (let node; node = walk.nextNode();) {
      const el = node.parentElement;
      if (!node.data.trim() || /^(SCRIPT|OPTION)$/.test(el.tagName)) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      const rects = [...range.getClientRects()];
      if (!rects.length) continue;  // a header that is not shown
      const code = el.closest("pre, code");
      const px = parseFloat(getComputedStyle(el).fontSize) * el.currentCSSZoom * Reveal.getScale();
      if (px < (code ? 19.99 : 25.99)) say(`${code ? "code" : "text"} of ${px.toFixed(1)} px`, el);
      const cut = rects.some(r => !inside(r, room));
      if (cut) say(code ? "code line cut" : "overflow", el);
      if (!code && /\$[^$]+\$|\\[a-zA-Z]{2,}/.test(node.data)) say("formula not set", el);
    }
    for (const line of screen.querySelectorAll("pre.code .line")) {
      deck.code.push(line.textContent.trimEnd());
      const pre = line.parentElement, high = parseFloat(getComputedStyle(pre).lineHeight);
      if (line.scrollWidth > line.clientWidth || line.offsetHeight > high + 1
          || line.offsetTop + line.offsetHeight > pre.offsetTop + pre.offsetHeight
          || getComputedStyle(pre).overflow !== "visible") say("code line cut", line);
    }
    for (const el of screen.querySelectorAll("img, canvas, table, pre, mjx-container > svg")) {
      const r = el.getBoundingClientRect();
      if (!inside(r, room)) say(`overflow to ${r.right.toFixed()} x ${r.bottom.toFixed()}`, el);
    }
    for (const img of screen.querySelectorAll("img"))
      if (!img.naturalWidth) say("picture missing", img);
    for (const el of screen.querySelectorAll("mjx-container"))
      if (!el.querySelector("svg path, svg rect") || el.querySelector("[data-mml-node=merror]"))
        say("formula not set", el);
    deck.pictures += screen.querySelectorAll(".picture img, .drawing img").length;
    for (const film of screen.querySelectorAll("[data-viewer]")) {
      const pixels = () => [...film.querySelectorAll("canvas")].map(c => c.toDataURL()).join();
      const until = performance.now() + 30_000;  // on a busy machine; at once elsewhere
      while (film.dataset.frame === undefined && performance.now() < until)
        await new Promise(done => setTimeout(done, 20));
      const canvases = [...film.querySelectorAll("canvas")];
      if (!canvases.length) say("film missing", film);
      for (const c of canvases) {
        const r = c.getBoundingClientRect();
        if (!inside(r, room) || r.width < 20 || !c.checkVisibility()) say("film not wholly visible", c);
      }
      for (const el of film.querySelectorAll("button, input, select"))
        if (!inside(el.getBoundingClientRect(), room)) say("film not wholly visible", el);
      // an explorer of attention waits for its button; a film plays by itself
      if (film.querySelectorAll("select").length > 1) film.querySelector("button").click();
      const first = pixels();
      while (pixels() === first && performance.now() < until)
        await new Promise(done => setTimeout(done, 20));
      if (pixels() === first) say("film does not move", film);
    }
    return found;
  };
  for (let last = false; !last;) {
    const screens = [...Reveal.getCurrentSlide().querySelectorAll(":scope > .screen")].filter(shown);
    const {h, v} = Reveal.getIndices();
    const found = screens.length === 1 ? await look(screens[0]) : [`${screens.length} screens at once`];
    deck.screens.push({slide: [h, v || 0].join("."), found});
    last = Reveal.isLastSlide() && !Reveal.availableFragments().next;
    Reveal.next();
  }
  return {...deck, slides: Reveal.getTotalSlides(), notes: document.querySelectorAll("aside.notes").length,
    formulas: document.querySelectorAll("mjx-container").length,
    films: document.querySelectorAll("[data-viewer]").length};
}

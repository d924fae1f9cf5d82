// Lays the pieces of each slide on screens of 1280 x 720, in the browser that measured them.
//
// A slide has one screen or several, which follow each other like the steps of an animation. What
// does not fit goes to the next screen: nothing shrinks below the size that deck.css gives it, but
// for a picture that is larger than the screen. Where a screen has room left, pictures grow.

window.paginate = async slides => {
  await Promise.all([...document.fonts].map(font => font.load()));
  const WIDTH = 1184;
  const GROW = {picture: 1.6, drawing: 1.25, film: 2.6};
  const FIRST = {picture: 1, drawing: 1, film: 1.5};  // the size at which a picture is tried
  const tag = (name, className = "", inner = "") =>
    Object.assign(document.createElement(name), {className, innerHTML: inner});
  const workshop = document.body.appendChild(tag("div", "screen workshop"));
  const problems = [];

  // ---- pieces to atoms, which are never divided unless `split` says how

  const size = (el, kind, z) => {
    el.z = z;
    el.style.zoom = z;
    if (kind === "film") el.style.setProperty("--size", (26.2 / z).toFixed(2) + "px");
  };
  const lines = (piece, className) => {
    const make = part => ({
      el: tag("pre", className, part.map(line => `<span class="line">${line || " "}</span>`).join("")),
      split: most => {
        if (part.length < 2) return null;
        let n = Math.min(most, part.length - 1);
        const top = k => /^[^\s<]|^<span class="[^"]+">\S/.test(part[k]);
        for (let k = n; k > n * 0.6; k--) if (top(k)) { n = k; break; }
        return [make(part.slice(0, n)), make(part.slice(n))];
      },
      count: part.length,
    });
    return [make(piece.lines)];
  };
  const rows = table => {
    const make = body => {
      const el = table.cloneNode(false);
      for (const part of table.children) if (part.tagName !== "TBODY") el.append(part.cloneNode(true));
      el.append(tag("tbody"));
      el.lastChild.append(...body.map(row => row.cloneNode(true)));
      return {
        el, count: body.length,
        split: most => body.length < 2 ? null
          : [make(body.slice(0, Math.min(most, body.length - 1))),
             make(body.slice(Math.min(most, body.length - 1)))],
      };
    };
    return make([...table.querySelectorAll("tbody > tr")]);
  };
  const items = list => [...list.children].map((item, i) => {
    const el = list.cloneNode(false);
    if (list.tagName === "OL") el.start = (list.start || 1) + i;
    el.append(item);
    return {el};
  });
  const prose = box => [...box.children].flatMap((el, i, all) => {
    if (/^H\d$/.test(el.tagName)) return [{el, glue: true, heading: true}];
    if (/^[OU]L$/.test(el.tagName)) return items(el);
    if (el.tagName === "TABLE") return [rows(el)];
    if (el.tagName === "DETAILS") {
      const summary = el.querySelector("summary");
      const head = {el: tag("h4", "", summary.innerHTML), glue: true, fresh: true};
      summary.remove();
      return [head, ...prose(el)];
    }
    return [{el, glue: /:\s*$/.test(el.textContent) && !el.querySelector("mjx-container[display]")}];
  });
  const picture = (piece, el) => {
    size(el, piece.kind, FIRST[piece.kind]);
    return [{el, kind: piece.kind}];
  };
  const atoms = piece => {
    if (piece.kind === "text") return prose(piece.box);
    if (piece.kind === "code") return lines(piece, "code");
    if (piece.kind === "print") return lines(piece, "print");
    if (piece.kind === "table") return [rows(piece.box.querySelector("table"))];
    return picture(piece, piece.box);
  };

  // A formula that is wider than a screen is broken where \\qquad stands; failing that, it is smaller.
  const breadth = el => Math.max(parseFloat(getComputedStyle(el).minWidth) || 0,
    el.querySelector("svg").getBoundingClientRect().width);
  const narrow = async item => {
    let el = item.typesetRoot;
    if (item.display && breadth(el) > WIDTH && /\\qquad/.test(item.math)) {
      const label = (/\\tag\{[^}]*\}/.exec(item.math) || [""])[0];
      const parts = item.math.replace(label, "").split("\\qquad").join("\\\\[8pt]");
      const broken = await MathJax.tex2svgPromise(
        `\\begin{gathered}${parts}\\end{gathered}${label}`, MathJax.getMetricsFor(el, true));
      el.replaceWith(broken);
      el = broken;
    }
    if (item.display && breadth(el) > WIDTH)
      el.style.fontSize = (100 * WIDTH / breadth(el)).toFixed(1) + "%";
    el.setAttribute("role", "img");
    el.setAttribute("aria-label", item.math.trim());
  };

  // ---- everything into the workshop: scripts of films run, pictures load, formulas are set

  for (const piece of slides.flatMap(slide => slide.pieces)) {
    if (!piece.html) continue;
    const box = piece.box = workshop.appendChild(tag("div", piece.kind));
    if (piece.kind === "film") box.append(document.createRange().createContextualFragment(piece.html));
    else box.innerHTML = piece.html;
    box.raw = piece.html;
    if (piece.kind !== "text") continue;
    for (const details of [box, ...box.querySelectorAll("details")])
      for (const node of [...details.childNodes]) {
        const inline = node.nodeType === 3 || /^(A|B|EM|STRONG|CODE|SPAN)$/.test(node.tagName);
        if (!inline || !node.textContent.trim()) continue;
        const p = tag("p");
        node.replaceWith(p);
        p.append(node);
      }
  }
  await Promise.all([...workshop.querySelectorAll("img")].map(img => img.decode().catch(() => 0)));
  await MathJax.typesetPromise([...workshop.querySelectorAll(".text")]);
  for (const item of MathJax.startup.document.math) await narrow(item);
  for (const film of workshop.querySelectorAll("[data-viewer]"))
    while (film.dataset.frame === undefined) await new Promise(done => setTimeout(done, 20));

  // ---- one slide

  const over = screen => {
    const body = screen.querySelector(".body");
    return body.scrollHeight > body.clientHeight + 0.5 || body.scrollWidth > body.clientWidth + 1;
  };
  const layOut = (slide, stage) => {
    const screens = [];
    let screen, body;
    const fresh = () => {
      screen = stage.appendChild(tag("div", "screen"));
      screen.append(tag("header", "", screens.length ? slide.head : ""), tag("div", "body"));
      body = screen.lastChild;
      screens.push(screen);
    };
    const fits = group => {
      const els = group.map(atom => atom.el);
      body.append(...els);
      if (!over(screen)) return true;
      els.forEach(el => el.remove());
      return false;
    };
    // On a screen of its own: as it is, without the header, smaller if a picture, in parts.
    const alone = unit => {
      if (body.children.length) fresh();
      if (fits(unit)) return;
      screen.classList.add("bare");
      if (fits(unit)) return;
      const atom = unit.at(-1), before = unit.slice(0, -1);
      if (atom.kind) {
        for (let z = atom.el.z; z > 0.4; z -= 0.02) {
          size(atom.el, atom.kind, z);
          if (fits(unit)) return;
        }
      }
      if (before.length && body.children.length === 0 && atom.kind) {
        before.forEach(one => alone([one]));
        return alone([atom]);
      }
      screen.classList.remove("bare");
      for (let most = (atom.count || 0) - 1; most > 0; most--) {
        const parts = atom.split(most);
        if (parts && fits([...before, parts[0]])) return alone([parts[1]]);
      }
      body.append(...unit.map(one => one.el));
      problems.push(slide.title + ": " + atom.el.textContent.slice(0, 60));
    };
    // Whether a picture at the end of a cell has its sentence below it only if it leaves the cell.
    const parts = (group, next) => {
      const atom = group.at(-1);
      if (!atom.kind || group.length < 2 || next?.kind !== "text") return false;
      const copies = [...next.box.children].slice(0, 1).map(el => ({el: el.cloneNode(true)}));
      if (!/^P$/.test(copies[0].el.tagName)) return false;
      const both = fits(copies);
      copies.forEach(copy => copy.el.remove());
      return !both && atom.el.getBoundingClientRect().height + next.box.firstElementChild.offsetHeight < 560;
    };
    fresh();
    let glued = [], pause = false;
    for (let i = 0; i < slide.pieces.length;) {
      const pieces = [slide.pieces[i++]];
      while (slide.pieces[i]?.with) pieces.push(slide.pieces[i++]);
      if (pause && body.children.length) fresh();
      pause = pieces[0].asks;
      const group = pieces.flatMap(atoms);
      let parted = false;
      const cell = pieces[0].kind === "code";
      // A cell with what it shows stays together where one screen holds both.
      if (cell && fits([...glued, ...group])) {
        parted = parts(group, slide.pieces[i]);
        if (!parted) { glued = []; continue; }
        [...glued, ...group].forEach(atom => atom.el.remove());
      } else if (cell && body.children.length) {
        const back = screen, from = body;
        fresh();
        const held = fits([...glued, ...group]);
        parted = held && parts(group, slide.pieces[i]);
        if (held && !parted) { glued = []; continue; }
        [...glued, ...group].forEach(atom => atom.el.remove());
        screens.pop().remove();
        screen = back; body = from;
      }
      for (const atom of group) {
        if (parted && atom === group.at(-1) && body.children.length) fresh();
        if (atom.fresh && body.children.length) fresh();
        if (atom.glue) { glued.push(atom); continue; }
        const unit = [...glued, atom];
        glued = [];
        if (!fits(unit)) alone(unit);
      }
    }
    if (glued.length && !fits(glued)) alone(glued);
    for (const one of screens) grow(one);
    return screens;
  };
  const grow = screen => {
    const found = [...screen.querySelectorAll(".body > .picture, .body > .drawing, .body > .film")];
    if (!found.length) return;
    const from = found.map(el => el.z);
    const set = f => found.forEach((el, i) =>
      size(el, el.className, Math.max(from[i], Math.min(GROW[el.className], from[i] * f))));
    let low = 1, high = 2.6;
    for (let k = 0; k < 8; k++) {
      const f = (low + high) / 2;
      set(f);
      if (over(screen)) high = f; else low = f;
    }
    set(low);
  };

  // ---- all slides; a film goes back to what it was before its script ran

  const stage = document.body.appendChild(tag("div", "stage"));
  const answer = [];
  for (const slide of slides) {
    const heading = slide.pieces[0]?.box?.querySelector("h1, h2, h3, h4");
    slide.head = heading ? heading.innerHTML : slide.title;
    const screens = layOut(slide, stage);
    answer.push(screens.map(screen => {
      for (const film of screen.querySelectorAll(".film")) film.innerHTML = film.raw;
      const page = screen.innerHTML, bare = screen.classList.contains("bare");
      return {html: page, bare};
    }));
    stage.replaceChildren();
  }
  return {slides: answer, problems};
};

"use strict";
// Draws a sequence chart from the data in the page. Every text goes in as text, never as markup.
const charts = (() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const NS = "http://www.w3.org/2000/svg";
  const ROW = 28, LEFT = 84, HEAD = 52, NOTES = 262;

  function make(name, attributes, parent, text) {
    const element = document.createElementNS(NS, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    if (text !== undefined) element.textContent = text;
    if (parent) parent.append(element);
    return element;
  }

  function time(ticks) {
    if (data.timed === false) return String(ticks);
    if (ticks < 10000) return `${+(ticks / 10).toFixed(1)} us`;
    if (ticks < 10000000) return `${+(ticks / 10000).toFixed(3)} ms`;
    return `${+(ticks / 10000000).toFixed(4)} s`;
  }

  // --- the sequence chart -----------------------------------------------------------------------------------------------------------------

  const BOLT = "M2,-9 L-5,2 L-0.5,2 L-2,9 L5,-2 L0.5,-2 Z";

  function sequence(frame, isWhole) {
    frame.replaceChildren();
    const shown = [];
    data.rows.forEach((row, index) => {
      if (!isWhole && !row.c) return;
      // A row or two left out would cost as much room as they need.
      const last = shown.length ? shown[shown.length - 1] : -1;
      if (index - last <= 3) for (let between = last + 1; between < index; between++) shown.push(between);
      shown.push(index);
    });
    // Lanes that something happens on, in the data's order.
    const used = new Set();
    for (const index of shown) {
      const row = data.rows[index];
      if (row.l >= 0) used.add(row.l);
      if (row.f >= 0) used.add(row.f);
    }
    const lanes = data.lanes.map((_, i) => i).filter(i => used.has(i));
    const LANE = Math.max(92, Math.min(170, (Math.max(900, frame.clientWidth - 2) - LEFT - NOTES) / Math.max(1, lanes.length)));
    const x = new Map(lanes.map((lane, i) => [lane, LEFT + i * LANE + LANE / 2]));
    const right = LEFT + lanes.length * LANE;
    const width = right + NOTES;

    // Where each row stands; a fold where rows are left out.
    const y = new Map(), folds = [];
    let at = HEAD + ROW / 2, last = -1;
    for (const index of shown) {
      const left = index - last - 1;
      if (left > 0) { folds.push([at, left]); at += ROW; }
      y.set(index, at);
      at += data.rows[index].k === "violation" ? ROW * 1.4 : ROW;
      last = index;
    }
    const height = at + 8;
    const svg = make("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": "sequence chart" }, frame);

    for (const index of shown) {
      const row = data.rows[index];
      if (row.k === "violation") make("rect", { x: 0, y: y.get(index) - ROW / 2, width, height: ROW * 1.4, class: "band" }, svg);
      else if (row.k === "phase") make("rect", { x: 0, y: y.get(index) - ROW / 2, width, height: ROW, class: "band phase" }, svg);
      else if (row.k === "fault") make("rect", { x: 0, y: y.get(index) - ROW / 2, width, height: ROW, class: "band fault" }, svg);
    }
    // What belongs to a node stands on one ground.
    lanes.forEach((lane, i) => {
      const { node } = data.lanes[lane];
      if (!node || (i > 0 && data.lanes[lanes[i - 1]].node === node)) return;
      let end = i;
      while (end + 1 < lanes.length && data.lanes[lanes[end + 1]].node === node) end++;
      make("rect", { x: x.get(lane) - LANE / 2 + 3, y: 0, width: (end - i + 1) * LANE - 6, height, class: "node", "data-node": node }, svg);
    });
    for (const lane of lanes) make("line", { x1: x.get(lane), x2: x.get(lane), y1: HEAD - 6, y2: height, class: "lifeline" }, svg);
    for (const [fold, left] of folds) {
      make("rect", { x: 0, y: fold - ROW / 2 + 5, width, height: ROW - 10, class: "fold" }, svg);
      make("text", { x: LEFT, y: fold + 4, class: "small" }, svg, `⋯ ${left.toLocaleString("en")} ${left === 1 ? "event" : "events"} not shown`);
    }

    const arrows = make("g", {}, svg), signs = make("g", {}, svg);
    for (const index of shown) {
      const row = data.rows[index], top = y.get(index);
      const group = make("g", { class: "row", "data-row": index }, arrows);
      make("rect", { x: 0, y: top - ROW / 2, width, height: ROW, class: "hit" }, group);
      make("title", {}, group, title(row));
      make("text", { x: 10, y: top + 4, class: "small" }, group, row.k === "violation" ? time(row.t) : clock(index, shown, row));
      if (row.k === "take" || row.k === "lost") arrow(group, signs, row, top, y, x);
      else if (row.k === "fault" || row.k === "heal" || row.k === "life") sign(signs, group, row, top, x, right);
      else if (row.k === "outside") {
        make("circle", { cx: x.get(row.l) ?? LEFT, cy: top, r: 4, class: "dot" }, group);
        make("text", { x: (x.get(row.l) ?? LEFT) + 9, y: top + 4, class: "halo" }, group, row.x);
      } else if (row.k === "phase") make("text", { x: LEFT, y: top + 4 }, group, row.x);
      else if (row.k === "violation") {
        const text = make("text", { x: LEFT, y: top + 8, class: "lane violation" }, group, row.x);
        text.style.fill = "var(--bad)";
      }
      if (row.n) make("text", { x: right + 8, y: top + 4, class: "note" }, group, cut(row.n.join(" · "), 38));
    }

    // Names of lanes stay in sight.
    const head = make("g", { class: "lanes" }, svg);
    make("rect", { x: 0, y: 0, width, height: HEAD - 8, fill: "var(--bg)" }, head);
    for (const lane of lanes) {
      const { name, of, node } = data.lanes[lane];
      const label = make("text", { x: x.get(lane), y: 20, class: "lane", "text-anchor": "middle", "data-lane": name }, head, cut(name, Math.floor(LANE / 6.5)));
      make("title", {}, label, name);
      make("text", { x: x.get(lane), y: 36, class: "small", "text-anchor": "middle" }, head, node && of !== "node" ? `${node}, ${of}` : node ?? of);
    }
    make("text", { x: 10, y: 20, class: "small" }, head, data.timed === false ? "step" : data.timed ? "time" : "virtual time");
    make("text", { x: right + 8, y: 20, class: "small" }, head, "what happened in the step");
    make("line", { x1: 0, x2: width, y1: HEAD - 8, y2: HEAD - 8, class: "axis" }, head);
    frame.onscroll = () => head.setAttribute("transform", `translate(0 ${frame.scrollTop * height / svg.clientHeight})`);
    frame.dataset.arrows = String(svg.querySelectorAll(".arrow").length);
    frame.dataset.rows = String(shown.length);
  }

  function clock(index, shown, row) {
    const before = shown[shown.indexOf(index) - 1];
    return before !== undefined && data.rows[before].t === row.t ? "" : time(row.t);
  }

  function title(row) {
    const steps = (row.n ?? []).map((note, i) => row.na?.[i] ? `${note} = ${row.na[i]}` : note);
    return [`${time(row.t)}, ${row.s ? `step ${row.s}, ` : ""}event ${row.q}`, row.x, row.h ? `at ${row.h}` : "", row.a ? `in ACRN and Linux: ${row.a}` : "", ...steps].filter(Boolean).join("\n");
  }

  function cut(text, length) { return text.length > length ? `${text.slice(0, length - 1)}…` : text; }

  function arrow(group, signs, row, top, y, x) {
    const to = x.get(row.l), kind = row.st ?? "";
    let from = x.get(row.f);
    if (row.f === row.l || from === undefined) {
      // From itself or from a timer: a loop beside the lane.
      const side = make("path", { d: `M${to},${top - 9} C${to + 26},${top - 11} ${to + 26},${top + 3} ${to + 7},${top}`, class: `arrow ${kind}` }, group);
      side.dataset.self = "1";
      if (row.k !== "lost") headAt(group, to + 1, top, -1, kind);
      else cross(signs, to + 20, top - 4);
      make("text", { x: to + 28, y: top + 1, class: "halo" }, group, cut(row.x, 34));
      return;
    }
    const origin = y.get(row.o);
    const begun = origin === undefined ? top - 10 : origin + 4;
    const direction = to > from ? 1 : -1;
    const end = row.k === "lost" ? from + (to - from) * 0.62 : to - direction * 7;
    const endY = row.k === "lost" && origin !== undefined ? begun + (top - begun) : top;
    make("line", { x1: from, y1: begun, x2: end, y2: endY, class: `arrow ${kind}` }, group);
    if (kind === "twice") make("line", { x1: from, y1: begun + 3.5, x2: end, y2: endY + 3.5, class: "arrow twice second" }, group);
    if (row.k === "lost") cross(signs, end, endY);
    else headAt(group, to - direction, top, direction, kind);
    if (kind === "late") dial(signs, from + (to - from) * 0.25, begun + (top - begun) * 0.25);
    const label = cut(row.x, Math.max(20, Math.floor(Math.abs(to - from) / 6.2) - 2));
    const middle = row.k === "lost" ? (from + end) / 2 : to - direction * 14;
    make("text", { x: middle, y: top - 5, class: "halo", "text-anchor": row.k === "lost" ? "middle" : direction > 0 ? "end" : "start" }, group, label);
  }

  function headAt(group, x, y, direction, kind) {
    make("path", { d: `M${x},${y} l${-8 * direction},-4 l0,8 Z`, class: `head ${kind}` }, group);
  }

  function cross(signs, x, y) { make("path", { d: `M${x - 6},${y - 6} l12,12 M${x + 6},${y - 6} l-12,12`, class: "sign lost" }, signs); }

  function dial(signs, x, y) {
    make("circle", { cx: x, cy: y, r: 7, class: "sign late" }, signs);
    make("path", { d: `M${x},${y - 4.5} L${x},${y} L${x + 3},${y + 1.5}`, class: "sign late" }, signs);
  }

  function sign(signs, group, row, top, x, right) {
    const at = x.get(row.l) ?? LEFT - 10;
    if (row.k === "heal" || row.st === "up") make("circle", { cx: at, cy: top, r: 5, class: "back" }, signs);
    else make("path", { d: BOLT, transform: `translate(${at} ${top})`, class: `bolt ${row.st ?? ""}` }, signs);
    const isLast = at + 12 + row.x.length * 6.2 > right;
    make("text", { x: isLast ? at - 12 : at + 12, y: top + 4, class: "halo", "text-anchor": isLast ? "end" : "start" }, group, row.x);
  }

  return { data, make, time, cut, title, sequence, BOLT };
})();

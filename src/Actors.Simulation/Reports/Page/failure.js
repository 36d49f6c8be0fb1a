"use strict";
// Draws the charts of a failure from the data in the page, with sequence.js before it. Every text goes in as text, never as markup.
(() => {
  const { data, make, time, cut, title, sequence, BOLT } = charts;

  // --- the timeline and the strips --------------------------------------------------------------------------------------------------------

  let byTime = false;

  function scale(width) {
    const from = 150, to = width - 20;
    const most = Math.max(1, byTime ? data.ticks : data.steps);
    return {
      from, to,
      at: (step, ticks) => from + (to - from) * Math.min(1, (byTime ? ticks : step) / most),
      ofTicks: ticks => byTime ? from + (to - from) * Math.min(1, ticks / most) : from + (to - from) * Math.min(1, stepAt(ticks) / most),
    };
  }

  // Steps have times; the first step that isn't before a time.
  function stepAt(ticks) {
    let low = 0, high = data.rows.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (data.rows[middle].t < ticks) low = middle + 1; else high = middle;
    }
    return low < data.rows.length ? data.rows[low].s : data.steps;
  }

  function axis(svg, s, height) {
    for (let i = 0; i <= 6; i++) {
      const x = s.from + (s.to - s.from) * i / 6;
      make("line", { x1: x, x2: x, y1: 18, y2: height, class: "axis" }, svg);
      const value = byTime ? time(data.ticks * i / 6) : `step ${Math.round(data.steps * i / 6).toLocaleString("en")}`;
      make("text", { x, y: 12, class: "small", "text-anchor": i === 6 ? "end" : "middle" }, svg, value);
    }
  }

  function timeline(frame) {
    frame.replaceChildren();
    const width = Math.max(900, frame.clientWidth - 2), s = scale(width);
    const faults = data.rules.map((rule, i) => ({ rule, i }));
    const busy = data.lanes.map((lane, i) => ({ lane, i })).filter(({ i }) => data.rows.some(row => row.l === i && row.k === "take"));
    const height = 26 + faults.length * 24 + busy.length * 16 + 8;
    const svg = make("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": "timeline" }, frame);
    if (data.healed > 0) {
      const calm = s.ofTicks(data.healed);
      make("rect", { x: calm, y: 18, width: Math.max(0, s.to - calm), height: height - 18, class: "calm" }, svg);
      make("text", { x: Math.min(calm + 4, s.to - 80), y: height - 4, class: "small" }, svg, "after the heal");
    }
    axis(svg, s, height);
    let top = 36;
    for (const { rule, i } of faults) {
      const begin = s.ofTicks(rule.from), end = s.ofTicks(Math.min(rule.until, data.healed || data.ticks));
      make("text", { x: 8, y: top + 4, "data-rule": rule.id }, svg, cut(rule.id, 20));
      const box = make("rect", { x: begin, y: top - 9, width: Math.max(2, end - begin), height: 18, class: "window" }, svg);
      make("title", {}, box, `${rule.id}: ${rule.row} ${rule.do} at ${rule.site}\nwindow ${time(rule.from)} to ${time(Math.min(rule.until, data.healed || data.ticks))}`);
      for (const row of data.rows) {
        if (row.r !== i) continue;
        const x = s.at(row.s, row.t);
        const mark = row.k === "heal" ? make("circle", { cx: x, cy: top, r: 4, class: "back" }, svg)
          : make("path", { d: BOLT, transform: `translate(${x} ${top}) scale(.85)`, class: "bolt" }, svg);
        make("title", {}, mark, title(row));
      }
      top += 24;
    }
    top -= 4;
    for (const { lane, i } of busy) {
      make("text", { x: 8, y: top + 4, class: "small" }, svg, cut(`${lane.of} ${lane.name}`, 24));
      let path = "", last = -2;
      for (const row of data.rows) {
        if (row.l !== i || row.k !== "take") continue;
        const x = s.at(row.s, row.t);
        if (x - last < .7) continue;
        path += `M${x.toFixed(1)},${top - 5}v9`;
        last = x;
      }
      const ticks = make("path", { d: path, class: "arrow" }, svg);
      ticks.style.strokeWidth = ".8";
      for (const row of data.rows) {
        if (row.l === i && row.k === "life") {
          const mark = make("path", { d: BOLT, transform: `translate(${s.at(row.s, row.t)} ${top}) scale(.7)`, class: `bolt ${row.st ?? ""}` }, svg);
          make("title", {}, mark, title(row));
        }
      }
      top += 16;
    }
    now(svg, s, height);
  }

  function now(svg, s, height) {
    const x = s.at(data.violation.s, data.violation.t);
    const line = make("line", { x1: x, x2: x, y1: 18, y2: height, class: "now" }, svg);
    make("title", {}, line, `${data.violation.o} at ${time(data.violation.t)}`);
  }

  const STATES = ["free", "pending", "processing", "complete"];

  function strips(frame) {
    frame.replaceChildren();
    const width = Math.max(900, frame.clientWidth - 2), s = scale(width);
    const height = 26 + data.slots.length * 24 + data.rings.length * 58 + data.epochs.length * 24 + 8;
    const svg = make("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": "state strips" }, frame);
    axis(svg, s, height);
    let top = 24;
    for (const slot of data.slots) {
      make("text", { x: 8, y: top + 13 }, svg, slot.name);
      segments(svg, s, slot.seg, top, value => STATES[value] ?? "free", value => (STATES[value] ?? "").toUpperCase());
      top += 24;
    }
    for (const ring of data.rings) {
      make("text", { x: 8, y: top + 22 }, svg, cut(ring.name, 20));
      make("text", { x: 8, y: top + 38, class: "small" }, svg, `avail ${ring.avail.at(-1)?.[2] ?? 0}, used ${ring.used.at(-1)?.[2] ?? 0}`);
      const most = Math.max(1, ...ring.avail.map(point => point[2]), ...ring.used.map(point => point[2]));
      for (const [points, kind] of [[ring.avail, "avail"], [ring.used, "used"]]) {
        let path = `M${s.from},${top + 48}`;
        for (const [step, ticks, value] of points) {
          const x = s.at(step, ticks).toFixed(1), y = (top + 48 - 40 * value / most).toFixed(1);
          path += `H${x}V${y}`;
        }
        const line = make("path", { d: `${path}H${s.to}`, class: kind }, svg);
        make("title", {}, line, `${kind} index of ${ring.name}`);
      }
      top += 58;
    }
    for (const epoch of data.epochs) {
      make("text", { x: 8, y: top + 13 }, svg, epoch.name);
      segments(svg, s, epoch.seg, top, () => "epoch", value => `epoch ${value}`, true);
      top += 24;
    }
    now(svg, s, height);
  }

  function segments(svg, s, points, top, style, name, isLabelled) {
    points.forEach(([step, ticks, value], i) => {
      const next = points[i + 1];
      const x = s.at(step, ticks), end = next ? s.at(next[0], next[1]) : s.to;
      if (end - x < .2) return;
      const box = make("rect", { x, y: top, width: end - x, height: 18, class: style(value) }, svg);
      make("title", {}, box, `${name(value)} from ${time(ticks)}, step ${step}`);
      if (isLabelled && end - x > 50) make("text", { x: x + 5, y: top + 13, class: "small" }, svg, name(value));
    });
  }

  // --- switches ---------------------------------------------------------------------------------------------------------------------------

  const chart = document.getElementById("sequence"), line = document.getElementById("timeline"), strip = document.getElementById("strips");

  function press(pressed, other) {
    pressed.setAttribute("aria-pressed", "true");
    other.setAttribute("aria-pressed", "false");
  }

  const slice = document.getElementById("slice"), whole = document.getElementById("whole");
  slice.addEventListener("click", () => { press(slice, whole); sequence(chart, false); });
  whole.addEventListener("click", () => { press(whole, slice); sequence(chart, true); });
  const steps = document.getElementById("by-steps"), times = document.getElementById("by-time");
  function draw() { timeline(line); strips(strip); }
  steps.addEventListener("click", () => { byTime = false; press(steps, times); draw(); });
  times.addEventListener("click", () => { byTime = true; press(times, steps); draw(); });
  addEventListener("resize", draw);
  const isWhole = location.hash === "#whole";
  if (isWhole) press(whole, slice);
  sequence(chart, isWhole);
  draw();
  document.documentElement.dataset.drawn = "yes";
})();

"use strict";
// Zoom, dragging, finding and causes for the chart that sequence.js draws.
(() => {
  const { data, sequence } = charts;
  const frame = document.getElementById("sequence"), plain = document.getElementById("plain");
  const find = document.getElementById("find"), found = document.getElementById("found");
  const LEAST = .1, MOST = 4;
  let zoom = 1, svg, width, height;

  function draw() {
    sequence(frame, true);
    svg = frame.querySelector("svg");
    width = +svg.getAttribute("width");
    height = +svg.getAttribute("height");
    scale(zoom);
  }

  // Zooms so that what is at a point of the frame stays there.
  function scale(to, x = frame.clientWidth / 2, y = frame.clientHeight / 2) {
    const next = Math.min(MOST, Math.max(LEAST, to));
    const left = (frame.scrollLeft + x) / zoom, top = (frame.scrollTop + y) / zoom;
    zoom = next;
    svg.setAttribute("width", width * zoom);
    svg.setAttribute("height", height * zoom);
    frame.scrollLeft = left * zoom - x;
    frame.scrollTop = top * zoom - y;
    frame.onscroll();
    plain.textContent = `${Math.round(zoom * 100)} %`;
    frame.dataset.zoom = zoom.toFixed(2);
  }

  document.getElementById("in").addEventListener("click", () => scale(zoom * 1.25));
  document.getElementById("out").addEventListener("click", () => scale(zoom / 1.25));
  plain.addEventListener("click", () => scale(1));
  document.getElementById("fit").addEventListener("click", () => scale(Math.min(frame.clientWidth / width, frame.clientHeight / height)));
  frame.addEventListener("wheel", event => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    const box = frame.getBoundingClientRect();
    scale(zoom * Math.exp(-event.deltaY / 400), event.clientX - box.left, event.clientY - box.top);
  }, { passive: false });
  addEventListener("keydown", event => {
    if (event.target === find || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "+" || event.key === "=") scale(zoom * 1.25);
    else if (event.key === "-") scale(zoom / 1.25);
    else if (event.key === "0") scale(1);
  });

  // Dragging moves; a press that doesn't move is a click.
  let drag = null;
  frame.addEventListener("pointerdown", event => {
    if (event.button === 0) drag = { x: event.clientX, y: event.clientY, left: frame.scrollLeft, top: frame.scrollTop, moved: false };
  });
  addEventListener("pointermove", event => {
    if (!drag) return;
    if (!drag.moved && Math.abs(event.clientX - drag.x) + Math.abs(event.clientY - drag.y) < 5) return;
    drag.moved = true;
    frame.classList.add("dragged");
    frame.scrollLeft = drag.left - (event.clientX - drag.x);
    frame.scrollTop = drag.top - (event.clientY - drag.y);
  });
  addEventListener("pointerup", event => {
    if (drag && !drag.moved) choose(event.target.closest?.("g.row"));
    drag = null;
    frame.classList.remove("dragged");
  });

  // What led to a row, and what came of it.
  function choose(group) {
    const chain = new Set();
    if (group && !group.classList.contains("chosen")) {
      const row = +group.dataset.row;
      for (let at = row; at >= 0 && !chain.has(at); at = data.rows[at].o) chain.add(at);
      const came = new Set([row]);
      data.rows.forEach((one, index) => { if (came.has(one.o)) { came.add(index); chain.add(index); } });
    }
    frame.classList.toggle("chain", chain.size > 0);
    for (const one of frame.querySelectorAll("g.row")) {
      one.classList.toggle("in", chain.has(+one.dataset.row));
      one.classList.toggle("chosen", one === group && chain.size > 0);
    }
    frame.dataset.chain = String(chain.size);
  }

  find.addEventListener("input", () => {
    const word = find.value.trim().toLowerCase();
    let count = 0, first = null;
    for (const one of frame.querySelectorAll("g.row")) {
      const row = data.rows[+one.dataset.row];
      const hit = word !== "" && [row.x, row.h, row.a, ...(row.n ?? []), ...(row.na ?? [])].some(text => text?.toLowerCase().includes(word));
      one.classList.toggle("match", hit);
      if (hit) { count++; first ??= one; }
    }
    found.textContent = word === "" ? "" : `${count} row${count === 1 ? "" : "s"}`;
    first?.scrollIntoView({ block: "center", inline: "nearest" });
  });

  addEventListener("resize", draw);
  draw();
  document.documentElement.dataset.drawn = "yes";
})();

// Zoom, hover and keys for the timeline. Without it the page is whole: every mark is drawn, and the numbers are in tables.
(() => {
  'use strict';
  const table = document.querySelector('.timeline');
  const source = document.getElementById('timeline-data');
  if (!table || !source) return;
  const { length, rows, runs } = JSON.parse(source.textContent);
  const tracks = [...table.querySelectorAll('td.track svg')];
  const axes = [...table.querySelectorAll('.axis svg')];
  const SVG = 'http://www.w3.org/2000/svg';
  // The same steps as `shapes/axis.rs` has.
  const STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 3e4, 6e4, 12e4, 3e5, 6e5, 18e5, 36e5, 72e5, 216e5, 432e5, 864e5];
  const SHORTEST = Math.min(length, 20);
  const ENDS = ['', 'ended badly', 'not ended'];
  let from = 0;
  let to = length;
  let chosen = null;

  const pad = (number, digits = 2) => String(number).padStart(digits, '0');
  const clock = (ms) => {
    const all = Math.round(ms);
    const [seconds, rest] = [Math.floor(all / 1000), all % 1000];
    const told = `${Math.floor(seconds / 3600)}:${pad(Math.floor(seconds / 60) % 60)}:${pad(seconds % 60)}`;
    return rest ? `${told}.${pad(rest, 3)}` : told;
  };
  const seconds = (ms) => `${(ms / 1000).toFixed(2)} s`;
  const element = (name, attributes, text) => {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text !== undefined) made.textContent = text;
    return made;
  };

  function ticks() {
    const span = to - from;
    const most = Math.max(2, Math.min(10, Math.floor(axes[0].clientWidth / 76)));
    const step = STEPS.find((it) => span / it <= most) ?? span / most;
    const found = [];
    for (let at = Math.ceil(from / step) * step; at <= to; at += step) found.push(at);
    return found;
  }

  function draw() {
    const span = to - from;
    const at = ticks();
    for (const svg of tracks) {
      const height = svg.viewBox.baseVal.height;
      svg.setAttribute('viewBox', `${from} 0 ${span} ${height}`);
      svg.querySelector('.grid').setAttribute('d', at.map((it) => `M${it} 0V${height}`).join(''));
    }
    for (const svg of axes) {
      svg.replaceChildren(...at.flatMap((it) => {
        const share = (it - from) / span;
        const anchor = share < 0.03 ? 'start' : share > 0.97 ? 'end' : 'middle';
        const x = `${share * 100}%`;
        return [
          element('line', { x1: x, x2: x, y1: 15, y2: 20 }),
          element('text', { x, y: 12, 'text-anchor': anchor }, clock(it)),
        ];
      }));
    }
    const exact = span < 6e4 ? 1 : 1e3;
    range.textContent = [from, to].map((it) => clock(Math.round(it / exact) * exact)).join(' to ');
    for (const button of [out, left, right, all]) button.disabled = span >= length;
    table.dataset.from = from;
    table.dataset.to = to;
  }

  function show(start, end) {
    const span = Math.min(Math.max(end - start, SHORTEST), length);
    from = Math.round(Math.min(Math.max(start, 0), length - span));
    to = Math.round(from + span);
    draw();
  }
  const zoom = (factor, about = (from + to) / 2) => show(about - (about - from) * factor, about + (to - about) * factor);
  const move = (share) => show(from + (to - from) * share, to + (to - from) * share);

  // --- what is told of a mark

  function story(row, mark) {
    const [start, took, ...more] = mark;
    const lines = [];
    if (row.kind === 'call') {
      const [run, waited = 0, load = 0, again = 0, end = 0] = more;
      const [posting, title] = runs[run] ?? [];
      if (posting !== undefined) lines.push(`posting ${posting}: ${title}`);
      if (waited > 0) lines.push(`waited ${seconds(waited)} before it${load > 0 ? `, ${seconds(load)} of that for its model` : ''}`);
      if (again > 0) lines.push(`attempt ${again + 1}`);
      if (end > 0) lines.push(ENDS[end]);
    } else if (row.kind === 'pair') {
      const [posting, title] = runs[more[0]] ?? [];
      lines.push(more[1] ? 'both grades at once' : 'one grade after the other');
      if (posting !== undefined) lines.push(`posting ${posting}: ${title}`);
    } else if (row.kind === 'wave' || row.kind === 'gpu') {
      lines.push(more[0]);
    }
    return [row.name, `${clock(start)}, for ${seconds(took)}`, ...lines];
  }

  const tip = document.createElement('div');
  tip.className = 'tip';
  tip.hidden = true;
  document.body.append(tip);
  const spoken = document.createElement('p');
  spoken.className = 'hidden';
  spoken.setAttribute('aria-live', 'polite');
  table.parentElement.after(spoken);
  const frame = element('rect', { class: 'chosen', 'vector-effect': 'non-scaling-stroke' });

  function tell(index, place, x, y) {
    const mark = rows[index].marks[place];
    const lines = story(rows[index], mark);
    tip.replaceChildren(...lines.map((line, nth) => {
      const made = document.createElement(nth ? 'div' : 'b');
      made.textContent = line;
      return made;
    }));
    tip.hidden = false;
    const box = tip.getBoundingClientRect();
    const room = document.documentElement.clientWidth - box.width - 8;
    tip.style.left = `${Math.max(8, Math.min(x + 14, room)) + window.scrollX}px`;
    tip.style.top = `${(y + 18 + box.height > window.innerHeight ? y - box.height - 10 : y + 18) + window.scrollY}px`;
    const svg = tracks[index];
    for (const [key, value] of Object.entries({ x: mark[0], y: 0.5, width: Math.max(mark[1], 1), height: svg.viewBox.baseVal.height - 1 })) {
      frame.setAttribute(key, value);
    }
    svg.append(frame);
    return lines;
  }
  function hush() {
    tip.hidden = true;
    frame.remove();
  }

  // --- pointer

  const index = (target) => tracks.indexOf(target.closest?.('td.track svg'));
  function time(svg, x) {
    const box = svg.getBoundingClientRect();
    return from + ((x - box.left) / box.width) * (to - from);
  }
  function nearest(row, at, reach) {
    let [best, distance] = [-1, reach];
    row.marks.forEach(([start, took], place) => {
      const apart = Math.max(start - at, at - start - took, 0);
      if (apart < distance || (apart === 0 && distance > 0)) [best, distance] = [place, apart];
    });
    return best;
  }
  let grip = null;
  function hover(event) {
    const row = index(event.target);
    if (grip) {
      const width = grip.svg.getBoundingClientRect().width;
      const by = ((grip.x - event.clientX) / width) * (grip.to - grip.from);
      show(grip.from + by, grip.to + by);
      return hush();
    }
    if (row < 0) return hush();
    const reach = ((to - from) / tracks[row].getBoundingClientRect().width) * 4;
    const place = nearest(rows[row], time(tracks[row], event.clientX), reach);
    if (place < 0) hush();
    else tell(row, place, event.clientX, event.clientY);
  }
  table.addEventListener('pointermove', hover);
  table.addEventListener('pointerleave', hush);
  table.addEventListener('pointerdown', (event) => {
    const row = index(event.target);
    // A finger does not hover: it reads a mark by touching it, and moves the page.
    if (event.pointerType === 'touch') return hover(event);
    if (row < 0 || to - from >= length) return;
    grip = { svg: tracks[row], x: event.clientX, from, to };
    table.setPointerCapture(event.pointerId);
  });
  table.addEventListener('pointerup', () => { grip = null; });
  table.addEventListener('wheel', (event) => {
    const row = index(event.target);
    // A page is scrolled by the wheel alone; zooming takes the key that it takes on a map.
    if (row < 0 || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    zoom(event.deltaY < 0 ? 0.8 : 1.25, time(tracks[row], event.clientX));
  }, { passive: false });
  table.addEventListener('dblclick', (event) => {
    const row = index(event.target);
    if (row >= 0) zoom(event.shiftKey ? 3 : 1 / 3, time(tracks[row], event.clientX));
  });

  // --- keys: + and − zoom, arrows go from mark to mark and from row to row

  function choose(row, place) {
    if (place < 0 || place >= rows[row].marks.length) return;
    chosen = { row, place };
    const [start, took] = rows[row].marks[place];
    if (start < from || start + took > to) show(start + took / 2 - (to - from) / 2, start + took / 2 + (to - from) / 2);
    const box = tracks[row].getBoundingClientRect();
    const x = box.left + ((start - from) / (to - from)) * box.width;
    spoken.textContent = tell(row, place, x, box.bottom).join(', ');
    tracks[row].scrollIntoView({ block: 'nearest' });
  }
  function step(by) {
    const row = chosen?.row ?? rows.findIndex((it) => it.marks.length);
    if (row >= 0) choose(row, chosen ? chosen.place + by : 0);
  }
  function turn(by) {
    if (!chosen) return step(0);
    const [start] = rows[chosen.row].marks[chosen.place];
    for (let row = chosen.row + by; row >= 0 && row < rows.length; row += by) {
      if (rows[row].marks.length) return choose(row, nearest(rows[row], start, Infinity));
    }
  }
  const KEYS = {
    '+': () => zoom(0.5), '=': () => zoom(0.5), '-': () => zoom(2), 0: () => show(0, length),
    ArrowRight: () => step(1), ArrowLeft: () => step(-1), ArrowDown: () => turn(1), ArrowUp: () => turn(-1),
    PageDown: () => move(0.5), PageUp: () => move(-0.5), Escape: () => { chosen = null; hush(); },
  };
  table.tabIndex = 0;
  table.setAttribute('aria-keyshortcuts', '+ - 0 ArrowLeft ArrowRight ArrowUp ArrowDown');
  table.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !KEYS[event.key]) return;
    event.preventDefault();
    KEYS[event.key]();
  });
  table.addEventListener('blur', hush);

  // --- buttons

  const tools = document.createElement('div');
  tools.className = 'tools';
  tools.setAttribute('role', 'group');
  tools.setAttribute('aria-label', 'What the timeline shows');
  const button = (sign, name, action) => {
    const made = document.createElement('button');
    made.type = 'button';
    made.textContent = sign;
    made.title = name;
    if (sign.length < 3) made.setAttribute('aria-label', name);
    made.addEventListener('click', action);
    tools.append(made);
    return made;
  };
  button('+', 'Zoom in', () => zoom(0.5));
  const out = button('−', 'Zoom out', () => zoom(2));
  const left = button('←', 'Earlier', () => move(-0.5));
  const right = button('→', 'Later', () => move(0.5));
  const all = button('All', 'Show the whole batch', () => show(0, length));
  const range = document.createElement('output');
  range.className = 'range';
  tools.append(range);
  table.parentElement.before(tools);
  document.querySelector('.how-to')?.removeAttribute('hidden');

  // A part of the timeline can be shown to others: `#timeline=from-to` in seconds.
  const asked = /^#timeline=(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)$/.exec(location.hash);
  if (asked) {
    show(asked[1] * 1000, asked[2] * 1000);
    document.getElementById('timeline')?.scrollIntoView();
  } else {
    draw();
  }
  window.addEventListener('resize', draw);
  table.classList.add('live');
  document.documentElement.dataset.ready = 'timeline';
})();

"use strict";
// The open cell. Nothing here makes markup of text: elements are made one by one, and what was said becomes their text.
// Drawings alone come as markup: they were drawn with the page, and what was said is text in them.

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children.flat());
  return element;
}

function button(text, attributes, action) {
  const made = make("button", { type: "button", ...attributes }, text);
  made.addEventListener("click", action);
  return made;
}

function open(cell, asked = false) {
  const row = cell.parentElement;
  const column = cell.cellIndex ? cell.cellIndex - 1 : Math.max(0, standings(row).findIndex(isTelling));
  mark(false);
  opened = row.cells[column + 1];
  mark(true);
  panel.replaceChildren(...details(row, column));
  panel.hidden = false;
  panel.scrollTop = 0;
  history.replaceState(null, "", `#${row.id}/${encodeURIComponent(words.columns[column][0])}`);
  if (narrow.matches) {
    cover(true);
    panel.focus();
  } else if (asked) cell.scrollIntoView({ block: "nearest" });
}

const isTelling = (standing) => standing !== "pass" && !SILENT.has(standing);

function mark(on) {
  opened?.toggleAttribute("aria-selected", on);
  if (on) opened?.setAttribute("aria-selected", "true");
  opened?.parentElement.classList.toggle("opened", on);
}

// Over the whole of a narrow page the open cell is a dialog, and what lies under it is out of reach.
function cover(on) {
  document.body.classList.toggle("covered", on);
  for (const each of document.querySelectorAll("body > header, form, .legend, .matrix, main > section, body > footer")) {
    each.inert = on;
  }
  for (const [name, value] of [["role", "dialog"], ["aria-modal", "true"]]) {
    if (on) panel.setAttribute(name, value);
    else panel.removeAttribute(name);
  }
}

function close() {
  const cell = current.parentElement === opened.parentElement ? current : opened;
  mark(false);
  opened = null;
  panel.hidden = true;
  cover(false);
  point(cell);
  cell.focus({ preventScroll: true });
  cell.scrollIntoView({ block: "nearest" });
  history.replaceState(null, "", location.pathname + location.search);
}

function details(row, column) {
  const clause = dataOf(row), standing = standings(row)[column], [name, version] = words.columns[column];
  const cell = clause.cells[column] ?? { found: [] };
  const verdict = make("p", { class: "verdict", role: "status" }, make("b", { class: standing }), " ");
  verdict.append(make("strong", {}, [name, version].filter(Boolean).join(" "), ": ", standing), ` – ${words.standings[standing][1]}.`);
  return [
    button("Close", { class: "close", "aria-keyshortcuts": "Escape" }, close),
    make("h2", {}, ...find("span", row).cloneNode(true).childNodes),
    make("p", { class: "from" }, make("a", { href: `#${row.id}` }, make("code", {}, row.id)), ` from ${clause.cites}`),
    make("div", { class: "strip", role: "group", "aria-label": "Implementations" }, ...strip(row, column)),
    verdict,
    ...(cell.reason ? [make("p", { class: "reason" }, cell.reason)] : []),
    ...(standing === "unsupported" ? needs(clause) : []),
    ...differences(cell),
    ...answers(clause, !cell.found.length),
    ...(cell.drawing === undefined ? [] : drawing(clause.drawings, cell.drawing, `${name}, ${row.id}`)),
    ...script(clause),
  ];
}

function drawing(drawings, number, name) {
  const attributes = { class: "graph", role: "group", tabindex: "0", "aria-label": `The graph of ${name}` };
  const place = make("div", attributes), heading = make("h3", {}, "Its graph, with what differs ");
  drawings().then((all) => {
    const svg = document.adoptNode(new DOMParser().parseFromString(all[number], "image/svg+xml").documentElement);
    const width = Number(svg.getAttribute("width"));
    Object.assign(svg.style, { maxWidth: `${width}px`, minWidth: `${0.75 * width}px` }); // what is smaller cannot be read
    place.append(svg);
    if (width > place.clientWidth) heading.append(button("Show all of it", {}, () => enlarge(svg.cloneNode(true), attributes)));
  });
  return [heading, place];
}

// A graph as large as it was drawn, over the page.
function enlarge(svg, attributes) {
  const dialog = make("dialog", {}, button("Close", { class: "close", autofocus: "" }, () => dialog.close()), make("div", attributes, svg));
  svg.style.minWidth = "0";
  dialog.addEventListener("keydown", (event) => event.stopPropagation()); // Escape closes it, and not the cell as well
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

async function inflated(text) {
  const bytes = Uint8Array.from(atob(text), (each) => each.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(stream).text());
}

function strip(row, column) {
  return standings(row).map((standing, place) => {
    const name = words.columns[place][0], attributes = { title: standing, "aria-pressed": place === column };
    const chip = button([make("b", { class: standing }), ` ${name}`], attributes, () => {
      const inside = panel.contains(document.activeElement);
      point(row.cells[place + 1]);
      open(row.cells[place + 1]);
      if (inside) panel.querySelectorAll(".strip button")[place].focus();
    });
    chip.append(make("span", { class: "spoken" }, `: ${standing}`));
    return chip;
  });
}

function needs(clause) {
  if (!clause.needs.length) return [];
  const listed = clause.needs.map((each) => make("li", {}, make("code", {}, each), ` ${words.capabilities[each] ?? ""}`));
  return [make("h3", {}, "What this clause needs"), make("ul", {}, ...listed)];
}

function differences(cell) {
  if (!cell.found.length) return [];
  const [first, ...rest] = cell.found.map(difference);
  const more = cell.more ? [make("p", { class: "soft" }, `and ${cell.more} more, in the record of the run`)] : [];
  const others = rest.length
    ? [make("details", { open: "" }, make("summary", {}, `${rest.length} more difference${rest.length > 1 ? "s" : ""}`), ...rest, ...more)]
    : more;
  return [make("h3", {}, "Where it first differs"), first, ...others];
}

function difference([label, facet, expected, found]) {
  const [start, end] = shared(expected, found);
  const side = (title, text) => {
    const middle = text.slice(start, text.length - end);
    const parts = [text.slice(0, start), ...(middle ? [make("mark", {}, middle)] : []), text.slice(text.length - end)];
    return [make("dt", {}, title), make("dd", {}, make("code", {}, ...parts))];
  };
  const place = make("p", {}, make("strong", {}, label), ` – ${facet}`, make("i", {}, words.facets[facet] ?? ""));
  return make("div", { class: "difference" }, place, make("dl", {}, side("expected", expected), side("found", found)));
}

// How much two texts share at their beginning and at their end; nothing where little else is left, or all of it.
function shared(one, other) {
  const least = Math.min(one.length, other.length);
  let start = 0, end = 0;
  while (start < least && one[start] === other[start]) start++;
  while (end < least - start && one.at(-1 - end) === other.at(-1 - end)) end++;
  while (start && /[\w.]/.test(one[start - 1])) start--; // whole numbers and words
  while (end && /[\w.]/.test(one.at(-end))) end--;
  return start + end < 4 ? [0, 0] : [start, end];
}

function answers(clause, open) {
  const lines = clause.expected.map(([label, text, ...warned]) =>
    make("tr", {}, make("th", { scope: "row" }, label), make("td", {}, make("code", {}, text), warned.map((each) => make("em", {}, each)))));
  const more = clause.more ? [make("p", { class: "soft" }, `and ${clause.more} more observations`)] : [];
  const attributes = open ? { open: "" } : {};
  return [make("details", attributes, make("summary", {}, "What PyTorch leaves behind"), make("table", {}, make("tbody", {}, ...lines)), ...more)];
}

function script(clause) {
  const shownCode = make("pre", { tabindex: "0", "aria-label": "The script that shows it" }, ...highlighted(clause.script));
  const told = make("span", { role: "status" });
  const copy = button("Copy script", { class: "copy" }, async () => {
    told.textContent = (await copied(clause.script, shownCode)) ? "Copied." : "Selected: copy it with your keyboard.";
  });
  return [make("h3", {}, "The script that shows it ", copy, told), shownCode];
}

async function copied(text, element) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    getSelection().selectAllChildren(element);
    return document.execCommand("copy"); // where the page has no leave to write to the clipboard
  }
}

const TOKENS = /(#[^\n]*)|("""[^]*?"""|'''[^]*?'''|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')|\b(\d[\w.]*)|\b(False|None|True|and|as|assert|break|class|continue|def|del|elif|else|except|finally|for|from|global|if|import|in|is|lambda|nonlocal|not|or|pass|raise|return|try|while|with|yield)\b/g;

function highlighted(source) {
  const parts = [];
  let done = 0;
  for (const token of source.matchAll(TOKENS)) {
    const kind = "csnk"[token.slice(1).findIndex((each) => each !== undefined)];
    parts.push(source.slice(done, token.index), make("span", { class: kind }, token[0]));
    done = token.index + token[0].length;
  }
  return [...parts, source.slice(done)];
}

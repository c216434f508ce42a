"use strict";
// The table: which of its rows are shown, and the keys that move in it. What opens stands in cell.js, before this.
const find = (selector, root = document) => root.querySelector(selector);
const words = JSON.parse(find("#matrix-words").textContent);
const form = find("form"), table = find(".matrix"), panel = find("aside"), count = find("output");
const bodies = [...table.tBodies].filter((each) => each.id);
const rows = [...table.tBodies].flatMap((each) => [...each.rows]);
const clauses = bodies.flatMap((each) => [...each.rows].slice(1));
const narrow = matchMedia(`(width < ${words.beside})`); // as in the style: where the open cell lies over the table
const SILENT = new Set(["unsupported", "infrastructure", "absent"]);
const blocks = new Map(), haystacks = new Map();

const isChapter = (row) => row.classList.contains("chapter");
const standings = (row) => [...row.cells].slice(1).map((cell) => cell.classList[0]);

const unpacked = (text) => text.replace(/[\ue000-\ue0ff]/g, (letter) => words.phrases[letter.charCodeAt(0) - 0xe000]);

// What the cells of a clause open to, with words in the place of their numbers.
function dataOf(row) {
  const chapter = row.parentElement.id;
  if (!blocks.has(chapter)) {
    const block = JSON.parse(document.getElementById(`data-${chapter}`).textContent);
    blocks.set(chapter, { ...block, texts: block.texts.map(unpacked) });
  }
  const block = blocks.get(chapter), { texts } = block, clause = block.clauses[row.id.slice(chapter.length + 1)];
  const said = (numbers) => numbers.map((each) => texts[each]);
  const cells = Object.entries(clause.cells ?? {}).map(([column, { reason, found = [], more, drawing }]) => [
    column, { reason: texts[reason], more, drawing, found: found.map(([place, text]) => [...said(clause.asked[place]), texts[text]]) },
  ]);
  return {
    cites: texts[clause.cites], needs: said(clause.needs), script: said(clause.script).join("\n"),
    expected: clause.expected.map(said), more: clause.more, cells: Object.fromEntries(cells),
    drawings: () => (block.inflated ??= inflated(block.drawings)),
  };
}

// --- which rows are shown

let unfolded = new Set(); // the chapters that were opened by hand

function haystack(row) {
  if (!haystacks.has(row)) {
    const clause = dataOf(row), found = Object.values(clause.cells).map(({ reason, found }) => [reason, found]);
    const text = [row.id, find("span", row).textContent, clause.cites, clause.needs, clause.script, found];
    haystacks.set(row, text.flat(4).join("\n").toLowerCase());
  }
  return haystacks.get(row);
}

function differs(row) {
  return new Set(standings(row).filter((each) => !SILENT.has(each))).size > 1;
}

function fits(row, { terms, chapter, column, standing, different }) {
  if (chapter && row.parentElement.id !== chapter) return false;
  if (column || standing) {
    const asked = column ? [standings(row)[column]] : standings(row);
    if (!asked.some((each) => (standing ? each === standing : !SILENT.has(each)))) return false;
  }
  return (!different || differs(row)) && (!terms.length || terms.every((term) => haystack(row).includes(term)));
}

function filter() {
  const value = (name) => form.elements[name].value;
  const terms = find("[type=search]", form).value.toLowerCase().split(/\s+/).filter(Boolean);
  const wanted = { terms, chapter: value("chapter"), column: value("column"), standing: value("standing") };
  wanted.different = form.elements.differs.checked;
  const active = Object.values(wanted).some((each) => (Array.isArray(each) ? each.length : each));
  let found = 0;
  for (const body of bodies) {
    let here = 0;
    for (const row of [...body.rows].slice(1)) {
      row.hidden = active && !fits(row, wanted);
      here += !row.hidden;
    }
    body.hidden = !here;
    fold(body, !(active || unfolded.has(body)));
    found += here;
  }
  const whose = wanted.column && !wanted.standing ? `, run by ${words.columns[wanted.column][0]}` : "";
  const all = clauses.length.toLocaleString("en");
  count.textContent = active ? `${found.toLocaleString("en")} of ${all} clauses${whose}` : "";
  if (!shown(current.parentElement)) point(visible()[0].cells[0]);
}

function fold(body, closed) {
  const open = !closed;
  if (open && !body.classList.contains("open")) for (const row of [...body.rows].slice(1)) describe(row, 2);
  body.classList.toggle("open", open);
  body.rows[0].setAttribute("aria-expanded", open);
}

function unfold(body) {
  const open = !body.classList.contains("open");
  unfolded[open ? "add" : "delete"](body);
  fold(body, !open);
}

function unfoldAll() {
  const open = bodies.some((body) => !body.hidden && !body.classList.contains("open"));
  unfolded = new Set(open ? bodies : []);
  for (const body of bodies) fold(body, !open);
  form.elements.unfold.textContent = open ? "Close all chapters" : "Open all chapters";
}

// --- the table as a grid: one stop of the tabulator, arrows inside

// Said outright: where the style lays rows out as grids or blocks, browsers may forget that they were rows.
function describe(row, level) {
  row.setAttribute("role", "row");
  row.setAttribute("aria-level", level);
  for (const cell of row.cells) cell.setAttribute("role", cell.localName === "th" ? "rowheader" : "gridcell");
}

const shown = (row) =>
  !row.hidden && !row.parentElement.hidden && (isChapter(row) || row.parentElement.classList.contains("open"));
const visible = () => rows.filter(shown);
const MOVES = { ArrowUp: -1, ArrowDown: 1, PageUp: -12, PageDown: 12 };
let current = rows[0].cells[0], opened = null;

function point(cell) {
  current.tabIndex = -1;
  current = cell;
  current.tabIndex = 0;
}

function go(cell) {
  point(cell);
  cell.focus({ preventScroll: true });
  cell.scrollIntoView({ block: "nearest" });
  if (opened && !isChapter(cell.parentElement)) open(cell);
}

function goal(event) {
  const row = current.parentElement, column = current.cellIndex, last = row.cells.length - 1;
  const lines = visible(), line = lines.indexOf(row);
  if (event.key in MOVES) {
    return lines[Math.max(0, Math.min(lines.length - 1, line + MOVES[event.key]))].cells[column];
  }
  const side = { ArrowLeft: column - 1, ArrowRight: column + 1, Home: 0, End: last }[event.key];
  if (side === undefined) return null;
  const there = event.ctrlKey && event.key === "Home" ? lines[0] : event.ctrlKey && event.key === "End" ? lines.at(-1) : row;
  return there.cells[Math.max(0, Math.min(last, side))];
}

function activate(cell) {
  const row = cell.parentElement;
  point(cell);
  if (!isChapter(row)) open(cell, true);
  else if (row.parentElement.id) unfold(row.parentElement);
  else unfoldAll();
}

table.addEventListener("keydown", (event) => {
  if (event.altKey || event.metaKey || (event.ctrlKey && !["Home", "End"].includes(event.key))) return;
  const cell = goal(event);
  if (cell) go(cell);
  else if (event.key === "Enter" || event.key === " ") activate(current);
  else return;
  event.preventDefault();
});
table.addEventListener("click", (event) => {
  const cell = event.target.closest("tbody th, td");
  if (!cell || String(getSelection())) return; // who selects text opens nothing
  cell.focus({ preventScroll: true });
  activate(cell);
});

// --- the page as a whole

addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input, select, textarea");
  if (event.key === "Escape" && opened) close();
  else if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    if (opened && narrow.matches) close();
    find("[type=search]", form).focus();
  } else return;
  event.preventDefault();
});

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // no link of ours
  }
}

// A link to a clause, or to one of its cells, opens it, whatever was filtered.
function follow() {
  const [id, ...rest] = location.hash.slice(1).split("/").map(decoded), name = rest.join("/");
  const row = document.getElementById(id);
  if (!clauses.includes(row)) return;
  const column = words.columns.findIndex(([each]) => each === name);
  unfolded.add(row.parentElement);
  if (row.hidden) form.reset();
  filter();
  fold(row.parentElement, false);
  point(row.cells[column + 1]);
  open(current);
  center(row);
}

// Rows around it take their true heights only when they come into view: it is moved until it stays.
function center(row, tries = 10) {
  row.scrollIntoView({ block: "center" });
  const { top } = row.getBoundingClientRect();
  const moved = () => Math.abs(row.getBoundingClientRect().top - top) > 1;
  setTimeout(() => tries && (tries > 8 || moved()) && opened?.parentElement === row && center(row, tries - 1), 50);
}

let waiting = 0;
function soon() {
  clearTimeout(waiting);
  waiting = setTimeout(filter, 60);
}

for (const cell of table.querySelectorAll("tbody th, td")) cell.tabIndex = -1;
table.setAttribute("role", "treegrid");
table.setAttribute("aria-describedby", "matrix-keys");
for (const group of table.querySelectorAll("thead, tbody")) group.setAttribute("role", "rowgroup");
for (const body of table.tBodies) describe(body.rows[0], 1);
table.tHead.rows[0].setAttribute("role", "row");
for (const head of table.tHead.rows[0].cells) head.setAttribute("role", "columnheader");
for (const body of bodies) fold(body, true);
point(current);
form.hidden = false;
form.addEventListener("input", soon);
form.addEventListener("reset", () => setTimeout(filter));
form.addEventListener("submit", (event) => event.preventDefault());
form.elements.unfold.addEventListener("click", unfoldAll);
narrow.addEventListener("change", () => opened && cover(narrow.matches));
addEventListener("hashchange", follow);
filter(); // some browsers keep what was typed
follow();

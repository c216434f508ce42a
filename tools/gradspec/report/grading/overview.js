"use strict";
const table = document.querySelector("#submissions table");
const body = table.tBodies[0];
const rows = [...body.rows];
const input = document.querySelector("#submissions input");
const count = document.querySelector("#submissions output");

function filter() {
  const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
  let found = 0;
  for (const row of rows) {
    const text = row.textContent.toLowerCase();
    row.hidden = !words.every((word) => text.includes(word));
    found += !row.hidden;
  }
  count.textContent = words.length ? `${found} of ${rows.length} submissions` : "";
}

function sort(header, column) {
  const down = header.getAttribute("aria-sort") === "ascending";
  for (const each of table.tHead.rows[0].cells) each.removeAttribute("aria-sort");
  header.setAttribute("aria-sort", down ? "descending" : "ascending");
  const key = (row) => row.cells[column].dataset.number ?? row.cells[column].textContent;
  const numbers = rows.every((row) => row.cells[column].dataset.number !== undefined);
  rows.sort((a, b) => (numbers ? key(a) - key(b) : key(a).localeCompare(key(b))) * (down ? -1 : 1));
  body.append(...rows);
}

for (const [column, header] of [...table.tHead.rows[0].cells].entries()) {
  const button = document.createElement("button");
  button.textContent = header.textContent;
  header.replaceChildren(button);
  button.addEventListener("click", () => sort(header, column));
}
document.querySelector("search").hidden = false;
input.addEventListener("input", filter);
if (input.value) filter(); // some browsers keep what was typed

"use strict";
const input = document.querySelector("input");
const count = document.querySelector("output");
const sections = [...document.querySelectorAll("section")];
const clauses = [...document.querySelectorAll("article")].map((element) => ({ element, text: null }));

function filter() {
  const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
  let found = 0;
  for (const clause of clauses) {
    clause.text ??= (clause.element.id + " " + clause.element.textContent).toLowerCase();
    const hit = words.every((word) => clause.text.includes(word));
    clause.element.hidden = !hit;
    found += hit;
  }
  for (const section of sections) {
    const empty = !section.querySelector("article:not([hidden])");
    section.hidden = empty;
    document.querySelector(`nav a[href="#${CSS.escape(section.id)}"]`).parentElement.hidden = empty;
  }
  count.textContent = words.length ? `${found} of ${clauses.length} clauses` : "";
}

// A link to a clause that the search hides ends the search.
function reveal() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target?.closest("[hidden]")) {
    input.value = "";
    filter();
    target.scrollIntoView();
  }
}

document.querySelector("search").hidden = false;
input.addEventListener("input", filter);
addEventListener("hashchange", reveal);
if (input.value) filter(); // some browsers keep what was typed
if (innerWidth < 640) document.querySelector("nav details").open = false;

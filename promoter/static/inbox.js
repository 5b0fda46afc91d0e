// Keys for the inbox and for one answer. Everything they do can be done by pressing what
// stands on the page; without this module, or without JavaScript, that is the way.

const help = document.querySelector("#keys");
const rows = [...document.querySelectorAll(".case")];
const opener = document.querySelector("[data-opens-keys]");
const keysSwitch = document.querySelector("[data-keys-switch]");
let current = -1;

// Who speaks to the computer, or strikes keys by accident, can do without (WCAG 2.1.4).
// A browser that keeps nothing for us forgets it with the page.
let areOff = false;
try {
  areOff = localStorage.getItem("keys") === "off";
} catch {}

function showSwitch() {
  keysSwitch.checked = !areOff;
  opener.querySelector("kbd").hidden = areOff;
}

// Single letters would act while somebody writes; with Ctrl and the like they are the
// browser's.
function isBusy(event) {
  return event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented
    || event.target.closest("input:not([type=checkbox]), select, textarea, [contenteditable]")
    || document.querySelector("dialog[open]");
}

function go(step) {
  const next = document.querySelector(step > 0 ? "[rel=next]" : "[rel=prev]");
  if (!rows.length) {
    next?.click();
    return;
  }
  rows[current]?.removeAttribute("data-current");
  current = Math.max(0, Math.min(rows.length - 1, current + step));
  rows[current].setAttribute("data-current", "");
  rows[current].querySelector(".case-link").focus({ preventScroll: true });
  rows[current].scrollIntoView({ block: "nearest" });
}

function tick(row, on) {
  const box = row?.querySelector(".tick");
  if (box) box.checked = on ?? !box.checked;
}

// On the list an act is for what is ticked, or for all; with nothing ticked, for the
// current row.
function choose() {
  const chosen = ".tick:checked, #bulk-all:checked";
  if (!document.querySelector(chosen)) tick(rows[current], true);
  return document.querySelector(chosen);
}

function focus(selector) {
  const field = document.querySelector(selector);
  if (!field) return;
  field.closest("details")?.setAttribute("open", "");
  field.focus();
  field.select?.();
}

function press(selector) {
  document.querySelector(selector)?.click();
}

const ON_LIST = {
  o: () => rows[current]?.querySelector(".case-link").click(),
  x: () => tick(rows[current]),
  e: () => choose() && press("#bulk [value=close], #bulk [value=reopen]"),
  a: () => choose() && focus("#bulk-assignee"),
  t: () => choose() && focus("#bulk-tag"),
  r: () => {
    const link = rows[current]?.querySelector(".case-link");
    if (link) location.href = `${link.href}#id_text`;
  },
  "/": () => focus("#q"),
};
const ON_ANSWER = {
  e: () => press("[data-key=e]"),
  a: () => focus("#assignee"),
  t: () => focus("#tag"),
  r: () => focus("#reply textarea"),
  n: () => focus("#note"),
  u: () => press(".back a"),
};
const acts = {
  j: () => go(1),
  k: () => go(-1),
  "?": () => help?.showModal(),
  ...(document.querySelector("[data-answer]") ? ON_ANSWER : ON_LIST),
};

document.addEventListener("keydown", (event) => {
  if (areOff) return;
  if (event.key === "Escape" && event.target.matches("input, select, textarea")) {
    event.target.blur();
    return;
  }
  const act = acts[event.key];
  if (!act || isBusy(event)) return;
  event.preventDefault();
  act();
});

keysSwitch?.addEventListener("change", () => {
  areOff = !keysSwitch.checked;
  showSwitch();
  try {
    localStorage.setItem("keys", areOff ? "off" : "on");
  } catch {}
});

if (opener) {
  showSwitch();
  opener.hidden = false;
  opener.addEventListener("click", () => help.showModal());
}

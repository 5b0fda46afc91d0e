// What was typed into a form with data-keep stays in this tab until it is saved: who has
// been signed out meanwhile, or whose page had grown too old, finds it again. Without
// JavaScript it is lost then, and only then.

const KEY = "typed";
const HOLDS_MS = 60 * 60 * 1000;

function take() {
  const text = sessionStorage.getItem(KEY);
  sessionStorage.removeItem(KEY);
  const kept = text && JSON.parse(text);
  return kept && kept.path === location.pathname && Date.now() - kept.at < HOLDS_MS
    ? kept.entries : null;
}

function put(form, entries) {
  const typed = new Map();
  for (const [name, value] of entries) typed.set(name, [...(typed.get(name) ?? []), value]);
  let differs = false;
  for (const field of form.elements) {
    if (!field.name || field.type === "hidden" || field.type === "submit") continue;
    const values = typed.get(field.name) ?? [];
    if (field.type === "radio" || field.type === "checkbox") {
      differs ||= field.checked !== values.includes(field.value);
      field.checked = values.includes(field.value);
    } else if (values.length) {
      differs ||= field.value !== values[0];
      field.value = values[0];
    }
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  return differs;
}

const form = document.querySelector("form[data-keep]");
const entries = take();
// After a mistake the page comes back with all that was typed in it.
if (form && entries && !document.querySelector(".error-summary") && put(form, entries)) {
  const words = document.createElement("p");
  words.className = "notice";
  words.dataset.level = "info";
  words.setAttribute("role", "status");
  words.textContent = form.dataset.keep;
  form.before(words);
}
form?.addEventListener("submit", () => {
  const typed = [...new FormData(form)].filter(([name]) => name !== "csrfmiddlewaretoken");
  sessionStorage.setItem(
    KEY, JSON.stringify({ path: location.pathname, at: Date.now(), entries: typed }),
  );
});

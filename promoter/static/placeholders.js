// A press on a placeholder's name puts it into the text that was written in last, at the
// caret, and goes back there. Without this module the names can be copied by hand.

const TEXTS = "textarea, input[type=text]";
// No placeholder can stand in these.
const PLAIN = ["name", "brand", "accent", "contact"];

for (const list of document.querySelectorAll("[data-placeholders]")) {
  const form = list.closest("form");
  let last = form.elements.intro;
  last.setSelectionRange(last.value.length, last.value.length);
  form.addEventListener("focusin", ({ target }) => {
    if (target.matches(TEXTS) && !PLAIN.includes(target.name) && !target.name.includes("_link_")) last = target;
  });
  list.addEventListener("click", ({ target }) => {
    if (!target.matches("button.pick")) return;
    last.focus();
    last.setRangeText(target.textContent, last.selectionStart, last.selectionEnd, "end");
    last.dispatchEvent(new Event("input", { bubbles: true }));
  });
  for (const part of list.querySelectorAll("button.pick")) part.disabled = part.closest("fieldset")?.disabled ?? false;
  list.querySelector("[data-with-script]").hidden = false;
}

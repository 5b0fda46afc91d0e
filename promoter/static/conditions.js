// The names offered for a condition are those of the event's properties or of the contact's
// attributes, whichever it is about. Without JavaScript they change when the page is drawn.

const NAMES = { event: "property-names", contact: "attribute-names" };

document.addEventListener("change", ({ target }) => {
  if (!target.matches(".condition-of select")) return;
  const name = target.closest(".condition").querySelector(".condition-na input");
  name.setAttribute("list", NAMES[target.value]);
});

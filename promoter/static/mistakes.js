// A link of the summary of what is wrong leads to its field without a new address: on a
// page whose address names a place browsers leave autofocus out, and the next summary
// would not be read. Without JavaScript the page then stands at that field.

document.addEventListener("click", (event) => {
  const link = event.target.closest(".error-summary a[href^='#']");
  const field = link && document.getElementById(link.hash.slice(1));
  if (!field) return;
  event.preventDefault();
  const folded = field.closest("details");
  if (folded) folded.open = true;
  field.focus();
});

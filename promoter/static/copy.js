// "Copy" beside a read-only field or a block of text. Without JavaScript the button stays
// hidden and the text can be selected by hand.

function reveal(part) {
  if (!navigator.clipboard) return; // plain http on another host than this one
  for (const button of part.querySelectorAll("button[data-copy]")) button.hidden = false;
}

document.addEventListener("click", async ({ target }) => {
  const button = target.closest("button[data-copy]");
  if (!button) return;
  const source = document.getElementById(button.dataset.copy);
  source.select?.();
  await navigator.clipboard.writeText(source.value ?? source.textContent);
  const words = [...button.childNodes];
  button.textContent = document.body.dataset.copied;
  setTimeout(() => button.replaceChildren(...words), 2000);
});

// Parts of a page that htmx swaps in bring buttons of their own.
document.addEventListener("htmx:load", (event) => reveal(event.detail.elt.parentNode ?? document));
reveal(document);

// Parts of a page that refresh themselves (hx-trigger="every …") hold still while nobody
// looks at them or somebody reads inside them. Without this module, or without
// JavaScript at all, the page is the same; it only has to be loaded again by hand.

function isWatched(part) {
  if (document.hidden) return false;
  const { top, bottom } = part.getBoundingClientRect();
  return bottom > 0 && top < window.innerHeight;
}

// What has an id gets the focus back from htmx, so it may be swapped.
function isBeingRead(part) {
  const focused = document.activeElement;
  return Boolean(part.querySelector("details[open]"))
    || (part.contains(focused) && !focused.id)
    || (!getSelection().isCollapsed && part.contains(getSelection().anchorNode));
}

document.addEventListener("htmx:beforeRequest", (event) => {
  const part = event.target;
  if (!part.matches("[data-live]")) return;
  if (!isWatched(part) || isBeingRead(part)) event.preventDefault();
});

// What was opened while the answer was on its way stays open too.
document.addEventListener("htmx:beforeSwap", (event) => {
  const part = event.target;
  if (part.matches("[data-live]") && isBeingRead(part)) event.detail.shouldSwap = false;
});

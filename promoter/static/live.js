// Parts of a page that refresh themselves (hx-trigger="every …") hold still while nobody
// looks at them or somebody reads inside them. Without this module, or without
// JavaScript at all, the page is the same; it only has to be loaded again by hand.

function isWatched(part) {
  if (document.hidden) return false;
  const { top, bottom } = part.getBoundingClientRect();
  return bottom > 0 && top < window.innerHeight;
}

function isBeingRead(part) {
  return Boolean(part.querySelector("details[open]")) || part.contains(document.activeElement);
}

document.addEventListener("htmx:beforeRequest", (event) => {
  const part = event.target;
  if (!part.matches("[data-live]")) return;
  if (!isWatched(part) || isBeingRead(part)) event.preventDefault();
});

// A form that is on its way is not sent once more by a double press: the page that answers
// the second one says at best that nothing changed, at worst that there is no such thing
// any more. Who waits may press again, as after a file that came or a network that did not.

const PATIENCE_MS = 2000;
const sent = new WeakMap();

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (event.timeStamp - (sent.get(form) ?? -Infinity) < PATIENCE_MS) {
    event.preventDefault();
    event.stopImmediatePropagation();
  } else {
    sent.set(form, event.timeStamp);
  }
}, true);

// The way back shows the same page, in which nothing has been pressed yet.
addEventListener("pageshow", ({ persisted }) => {
  if (persisted) for (const form of document.forms) sent.delete(form);
});

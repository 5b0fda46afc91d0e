// A form that is on its way is not sent once more by a double press: the page that answers
// the second one says at best that nothing changed, at worst that there is no such thing
// any more. Who waits may press again, as after a file that came or a network that did not.

const PATIENCE_MS = 2000;
const sent = new WeakMap();

document.addEventListener("submit", (event) => {
  const { target: form, submitter, timeStamp } = event;
  // What loads into a frame, as previews do while one types, leaves this page as it is.
  if (form.method !== "post" || submitter?.formTarget || form.target) return;
  const before = sent.get(form);
  // Another button of the form means another thing.
  if (before?.submitter === submitter && timeStamp - before.timeStamp < PATIENCE_MS) {
    event.preventDefault();
    event.stopImmediatePropagation();
  } else {
    sent.set(form, { submitter, timeStamp });
  }
}, true);

// The way back shows the same page, in which nothing has been pressed yet.
addEventListener("pageshow", ({ persisted }) => {
  if (persisted) for (const form of document.forms) sent.delete(form);
});

// The preview beside a mail's form follows what is typed or chosen. Without this module
// the Preview button and the Preview links do the same by hand.
//
// Each new preview loads in a frame of its own, out of sight, and takes the old one's place
// when it is there: nothing flickers, and the Back button doesn't walk through previews.

const PAUSE = 400;
let count = 0;

for (const preview of document.querySelectorAll("[data-mail-preview]")) follow(preview);

function follow(preview) {
  const button = preview.querySelector("[data-preview-button]");
  let shown = preview.querySelector("iframe");
  let next = null;

  // A frame keeps the name it was made with, so each gets one that none had before.
  function replace(load) {
    next?.remove();
    const frame = shown.cloneNode();
    frame.removeAttribute("src");
    frame.name = `mail-preview-${++count}`;
    frame.hidden = true;
    next = frame;
    load(frame);
    shown.after(frame);
    return frame;
  }

  function settle(frame) {
    frame.addEventListener("load", () => {
      if (frame !== next) return;
      shown.remove();
      frame.hidden = false;
      shown = frame;
      next = null;
    }, { once: true });
  }

  function showAddress(address) {
    settle(replace((frame) => { frame.src = address; }));
  }

  function showForm() {
    const frame = replace(() => {});
    button.formTarget = frame.name;
    button.form.requestSubmit(button);
    button.formTarget = "mail-preview";
    settle(frame);
  }

  document.addEventListener("change", ({ target }) => {
    if (target.dataset.preview) showAddress(target.dataset.preview);
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[target="mail-preview"]');
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    showAddress(link.href);
  });

  if (!button) return;
  let waiting;
  button.form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(showForm, PAUSE);
  });
  // A select that only belongs to the form by its attribute doesn't bubble through it.
  preview.addEventListener("change", ({ target }) => {
    if (target.form === button.form) showForm();
  });
  button.hidden = true;
  showForm();
}

// The preview beside a mail's form follows what is typed or chosen. Without this module
// the Preview button and the Preview links do the same by hand.
//
// Each new preview loads in a frame of its own, out of sight, and takes the old one's place
// when it is there: nothing flickers, and the Back button doesn't walk through previews.

const PAUSE = 400;
const NEXT = "mail-preview-next";

for (const preview of document.querySelectorAll("[data-mail-preview]")) {
  follow(preview);
}

function follow(preview) {
  const button = preview.querySelector("[data-preview-button]");
  const frame = () => preview.querySelector("iframe.mail-frame");

  function replace(load) {
    preview.querySelector(`iframe[name="${NEXT}"]`)?.remove();
    const current = frame();
    const next = current.cloneNode();
    next.removeAttribute("src");
    next.name = NEXT;
    next.hidden = true;
    current.after(next);
    load(next);
    next.addEventListener("load", () => {
      current.remove();
      next.name = "mail-preview";
      next.hidden = false;
    }, { once: true });
  }

  document.addEventListener("change", ({ target }) => {
    if (target.dataset.preview) replace((next) => { next.src = target.dataset.preview; });
  });

  if (!button) return;
  const show = () => replace(() => {
    button.formTarget = NEXT;
    button.form.requestSubmit(button);
    button.formTarget = "mail-preview";
  });
  let waiting;
  button.form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(show, PAUSE);
  });
  button.hidden = true;
  show();
}

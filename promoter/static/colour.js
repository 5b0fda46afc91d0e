// A picker beside a field for a colour's code: each follows the other. The code is what is
// sent, so without this module nothing is missing.

for (const code of document.querySelectorAll("input[data-colour]")) {
  const picker = document.createElement("input");
  picker.type = "color";
  picker.className = "colour-picker";
  picker.ariaLabel = code.dataset.colour;
  picker.disabled = code.matches(":disabled");
  const pair = document.createElement("div");
  pair.className = "colour-pair";
  code.replaceWith(pair);
  pair.append(code, picker);

  const follow = () => {
    const [, digits] = /^\s*#?([0-9a-f]{6})\s*$/i.exec(code.value) ?? [];
    if (digits) picker.value = `#${digits}`;
  };
  follow();
  code.addEventListener("input", follow);
  picker.addEventListener("input", () => {
    code.value = picker.value;
    code.dispatchEvent(new Event("input", { bubbles: true }));
  });
}

// A button with data-copy copies the text of the element with that id; where browsers forbid it, selects it.
"use strict";
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const source = document.getElementById(button.dataset.copy);
  const label = button.textContent;
  getSelection().selectAllChildren(source);
  // Without https there is no clipboard.
  const copied = await Promise.resolve(navigator.clipboard?.writeText(source.textContent) ?? Promise.reject())
    .then(() => true, () => false);
  button.textContent = copied ? button.dataset.copied : button.dataset.selected;
  setTimeout(() => { button.textContent = label; }, 3000);
});

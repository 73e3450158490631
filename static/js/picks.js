// Ticking all rows of a page at once, and how many are ticked: <input type="checkbox" data-picks="plan"> beside
// <… data-picked>, which stands in the form that the rows' boxes belong to.
for (const all of document.querySelectorAll("[data-picks]")) {
  const boxes = () => [...document.querySelectorAll(`input[type="checkbox"][name="${CSS.escape(all.dataset.picks)}"]`)];
  const told = all.form.querySelector("[data-picked]");

  const tell = () => {
    const ticked = boxes().filter((box) => box.checked).length;
    all.checked = ticked > 0 && ticked === boxes().length;
    all.indeterminate = ticked > 0 && !all.checked;
    if (told) {
      told.hidden = ticked === 0;
      told.textContent = ` ${ticked} 份`;
    }
  };

  all.addEventListener("change", () => {
    for (const box of boxes()) {
      box.checked = all.checked;
    }
    tell();
  });
  document.addEventListener("change", (event) => {
    if (event.target.name === all.dataset.picks) {
      tell();
    }
  });
  tell();
}

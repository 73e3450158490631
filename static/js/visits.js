// Visits: calling with one tap, and what spares typing in the record.
//   form[data-call]          the number is revealed (and that logged); on a phone the call begins at once
//   [data-quick]             shortcuts that need scripts: shown here, hidden without
//   [data-fill="#id"]        puts data-value into a field
//   [data-choose="value"]    chooses the value in every group of the form that has it
const phone = window.matchMedia("(pointer: coarse)");

function announce(field) {
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.dispatchEvent(new Event("change", { bubbles: true }));
}

for (const quick of document.querySelectorAll("[data-quick]")) {
  quick.hidden = !quick.querySelector("button");
}

document.addEventListener("click", (event) => {
  const fill = event.target.closest("[data-fill]");
  if (fill) {
    const field = document.querySelector(fill.dataset.fill);
    field.value = fill.dataset.value;
    announce(field);
    return;
  }
  const choose = event.target.closest("[data-choose]");
  if (choose) {
    for (const radio of choose.form.querySelectorAll(`[type=radio][value="${choose.dataset.choose}"]`)) {
      radio.checked = true;
      announce(radio);
    }
  }
});

document.addEventListener("htmx:afterSwap", (event) => {
  const caller = event.detail.requestConfig?.elt;
  const link = event.detail.target?.querySelector?.('a[href^="tel:"]');
  if (link && caller?.matches?.("form[data-call]")) {
    link.focus();
    if (phone.matches) {
      link.click();
    }
  }
});

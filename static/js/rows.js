// Repeating rows of a Django formset.
//   <div data-rows="prefix"> … <tbody data-rows-body> rows marked data-row … <template data-rows-template> one row with
//   __prefix__ … <button type="button" data-rows-add> … in each row <button type="button" data-row-remove>.
// A saved row is marked with its DELETE box; a new one is taken away.
function total(container) {
  return container.querySelector(`[name="${container.dataset.rows}-TOTAL_FORMS"]`);
}

export function addRow(container) {
  const counter = total(container);
  const limit = Number(container.querySelector(`[name="${container.dataset.rows}-MAX_NUM_FORMS"]`)?.value || 1000);
  const index = Number(counter.value);
  if (index >= limit) {
    document.dispatchEvent(new CustomEvent("portal:note", { detail: { text: `最多 ${limit} 行。`, level: "warning" } }));
    return null;
  }
  const template = container.querySelector("template[data-rows-template]");
  const holder = document.createElement("template");
  holder.innerHTML = template.innerHTML.replaceAll("__prefix__", String(index));
  const row = holder.content.querySelector("[data-row]");
  container.querySelector("[data-rows-body]").append(holder.content);
  counter.value = String(index + 1);
  window.htmx?.process(row);
  row.dispatchEvent(new CustomEvent("portal:row-added", { bubbles: true }));
  return row;
}

function removeRow(row) {
  const container = row.closest("[data-rows]");
  const box = row.querySelector('[name$="-DELETE"]');
  if (box) {
    box.checked = true;
    box.value = "on";
    row.classList.add("rows-gone");
  } else {
    // The numbers of the rows behind it stay: Django skips a new row that has no values and is not required.
    for (const input of row.querySelectorAll("input, select, textarea")) {
      input.value = "";
      input.checked = false;
      input.required = false;
    }
    row.classList.add("rows-gone");
  }
  row.dispatchEvent(new CustomEvent("input", { bubbles: true }));
  container.querySelector("[data-rows-add]")?.focus();
}

document.addEventListener("click", (event) => {
  const add = event.target.closest("[data-rows-add]");
  if (add) {
    const row = addRow(add.closest("[data-rows]"));
    row?.querySelector("input:not([type=hidden]), select, textarea")?.focus();
  }
  const remove = event.target.closest("[data-row-remove]");
  if (remove) {
    removeRow(remove.closest("[data-row]"));
  }
});

for (const box of document.querySelectorAll('[data-row] [name$="-DELETE"]:checked')) {
  box.closest("[data-row]").classList.add("rows-gone");
}

// A restored draft may need more rows than the page came with.
document.addEventListener("portal:rows-needed", (event) => {
  const container = document.querySelector(`[data-rows="${CSS.escape(event.detail.prefix)}"]`);
  while (container && Number(total(container).value) < event.detail.count && addRow(container));
});

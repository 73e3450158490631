// The choice of columns of a table[data-columns="key"]: headings carry data-col (data-col-fixed cannot be hidden,
// data-col-off starts hidden). The choice is kept in this browser. The chooser goes into [data-columns-for="key"].
for (const table of document.querySelectorAll("table[data-columns]")) {
  const key = `columns:${table.dataset.columns}`;
  const place = document.querySelector(`[data-columns-for="${CSS.escape(table.dataset.columns)}"]`);
  const headings = [...table.tHead.rows[0].cells];
  const saved = JSON.parse(localStorage.getItem(key) || "null");
  const hidden = new Set(saved || headings.filter((cell) => "colOff" in cell.dataset).map((cell) => cell.dataset.col));

  const apply = () => {
    headings.forEach((heading, index) => {
      const off = hidden.has(heading.dataset.col);
      for (const row of table.rows) {
        if (row.cells.length === headings.length) {
          row.cells[index].hidden = off;
        }
      }
    });
  };

  const list = document.createElement("div");
  list.className = "column-choice";
  for (const heading of headings) {
    const name = heading.dataset.col;
    if (!name || "colFixed" in heading.dataset) {
      continue;
    }
    const label = document.createElement("label");
    const box = document.createElement("input");
    box.type = "checkbox";
    box.checked = !hidden.has(name);
    box.addEventListener("change", () => {
      box.checked ? hidden.delete(name) : hidden.add(name);
      localStorage.setItem(key, JSON.stringify([...hidden]));
      apply();
    });
    label.append(box, heading.textContent.trim());
    list.append(label);
  }
  place?.append(list);
  apply();
  document.addEventListener("htmx:afterSwap", apply);
}

// The board of a plan: a mark dragged to another month of its row is moved there; typing a date does the same without it.
let moving = null;

function board() {
  return document.querySelector("[data-board][data-movable]");
}

function cellOf(target) {
  const cell = target.closest?.(".board-grid td");
  return moving && cell && cell.parentElement === moving.closest("tr") ? cell : null;
}

function unmark() {
  document.querySelector(".board-grid td.is-over")?.classList.remove("is-over");
}

document.addEventListener("dragstart", (event) => {
  const mark = event.target.closest?.(".board-grid a.d");
  if (!mark || !board() || !/lines\/\d+\/$/.test(mark.getAttribute("href"))) {
    return;
  }
  moving = mark;
  mark.classList.add("is-moving");
  event.dataTransfer.effectAllowed = "move";
});

document.addEventListener("dragover", (event) => {
  const cell = cellOf(event.target);
  unmark();
  if (cell) {
    event.preventDefault();
    cell.classList.add("is-over");
  }
});

document.addEventListener("dragend", () => {
  unmark();
  moving?.classList.remove("is-moving");
  moving = null;
});

document.addEventListener("drop", (event) => {
  const cell = cellOf(event.target);
  if (!cell) {
    return;
  }
  event.preventDefault();
  if (cell !== moving.closest("td")) {
    const shown = board();
    window.htmx.ajax("POST", new URL(`${moving.getAttribute("href")}move/`, window.location.href).pathname, {
      source: shown,
      target: "#board",
      select: "#board",
      swap: "outerHTML",
      values: { month: cell.cellIndex, revision: shown.dataset.revision },
    });
  }
});

// The board keeps its place when it is replaced.
let place = null;
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target?.id === "board") {
    const scroll = document.querySelector(".board-scroll");
    place = scroll && [scroll.scrollLeft, scroll.scrollTop];
  }
});
document.addEventListener("htmx:afterSettle", () => {
  const scroll = document.querySelector(".board-scroll");
  if (place && scroll) {
    [scroll.scrollLeft, scroll.scrollTop] = place;
    place = null;
  }
});

// The off-canvas navigation of narrow screens: opened by the button, closed by Escape, the shade or leaving it.
const nav = document.querySelector("[data-nav]");
const toggle = document.querySelector("[data-nav-toggle]");

function show(open) {
  nav.classList.toggle("is-open", open);
  toggle.setAttribute("aria-expanded", String(open));
  toggle.setAttribute("aria-label", open ? "关闭导航" : "打开导航");
  if (open) {
    nav.querySelector("a").focus();
  }
}

if (nav && toggle) {
  const isOpen = () => nav.classList.contains("is-open");
  toggle.addEventListener("click", () => show(!isOpen()));
  document.querySelector("[data-nav-shade]").addEventListener("click", () => show(false));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && isOpen()) {
      show(false);
      toggle.focus();
    }
  });
  nav.addEventListener("focusout", (event) => {
    if (isOpen() && event.relatedTarget && !nav.contains(event.relatedTarget)) {
      show(false);
    }
  });
}

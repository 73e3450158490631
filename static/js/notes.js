// Messages: closed by their button. Other modules show one with the event "portal:note" {text, level}.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-note-close]");
  if (button) {
    button.closest(".note").remove();
  }
});

document.addEventListener("portal:note", (event) => {
  let toasts = document.querySelector(".toasts");
  if (!toasts) {
    toasts = document.createElement("div");
    toasts.className = "toasts";
    toasts.setAttribute("aria-live", "polite");
    document.body.append(toasts);
  }
  const note = document.createElement("div");
  const level = event.detail.level || "info";
  note.className = `note note-${level}`;
  note.setAttribute("role", level === "error" ? "alert" : "status");
  const text = document.createElement("span");
  text.className = "note-text";
  text.textContent = event.detail.text;
  const close = document.createElement("button");
  close.type = "button";
  close.className = "note-close";
  close.dataset.noteClose = "";
  close.setAttribute("aria-label", "关闭提示");
  close.textContent = "×";
  note.append(text, close);
  toasts.append(note);
  if (level !== "error") {
    setTimeout(() => note.remove(), 8000);
  }
});

// Registering a complaint: the project is searched for while typing, what looks alike is asked for again when the
// project or the type changes, and the reason for a late registration is asked only when it is late.
const form = document.querySelector("[data-entry]");
const search = document.querySelector("[data-pick-search]");
const options = document.querySelector("[data-pick-options]");
const text = form.elements.project_text;
const similar = document.querySelector("[data-similar]");

function picked() {
  return form.querySelector('[name="project"]:checked');
}

function lookAgain() {
  if (similar && picked()) {
    similar.dispatchEvent(new CustomEvent("portal:similar"));
  }
}

if (search) {
  let timer;
  text.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => search.click(), 250);
  });
  // What was picked stands in the search box, so that a restored draft finds it again.
  options.addEventListener("change", (event) => {
    if (event.target.name === "project") {
      text.value = event.target.dataset.text;
      for (const other of options.querySelectorAll(".pick")) {
        other.hidden = !other.contains(event.target);
      }
      text.dispatchEvent(new Event("change", { bubbles: true }));
      lookAgain();
    }
  });
  options.addEventListener("htmx:afterSwap", lookAgain);
  document.addEventListener("DOMContentLoaded", () => {
    if (text.value && !picked()) {
      search.click();
    }
  });
}

form.addEventListener("change", (event) => {
  if (event.target.name === "kind") {
    lookAgain();
  }
});

const late = document.querySelector("[data-late]");
const received = form.elements.received_at;
function askForReason() {
  const reason = late.querySelector("input");
  const known = late.dataset.lateAt ? Number(late.dataset.lateAt) * 1000 : Date.now();
  // The portal's own time, whatever the zone of this machine.
  const at = Date.parse(`${received.value}+08:00`);
  const hours = (known - at) / 3_600_000;
  const asked = hours > Number(late.dataset.lateHours);
  late.hidden = !asked && !reason.value && !late.querySelector(".field-error");
  reason.required = asked;
}
if (late && received) {
  received.addEventListener("input", askForReason);
  askForReason();
}

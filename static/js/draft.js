// Nothing typed is lost: a form marked data-draft keeps what was typed in this tab until the server has taken it.
//   data-draft="key"   names the draft; empty: the page's address
// The draft outlives an expired session (the login leads back here), a closed page and a failed request.
// Passwords, files and hidden values are never kept.
const PREFIX = "draft:";
const SENT = "draft-sent";
const forms = [...document.querySelectorAll("form[data-draft]")];

function keyOf(form) {
  return PREFIX + (form.dataset.draft || window.location.pathname);
}

function kept(element) {
  return (
    element.name &&
    element.matches("input, select, textarea") &&
    !["password", "file", "hidden", "submit", "button"].includes(element.type)
  );
}

function read(form) {
  const values = {};
  for (const element of form.elements) {
    if (!kept(element)) {
      continue;
    }
    if (element.type === "checkbox" || element.type === "radio") {
      (values[element.name] ||= []).push(...(element.checked ? [element.value] : []));
    } else if (element.multiple) {
      values[element.name] = [...element.selectedOptions].map((option) => option.value);
    } else {
      values[element.name] = element.value;
    }
  }
  for (const counter of form.querySelectorAll('[name$="-TOTAL_FORMS"]')) {
    values[counter.name] = counter.value;
  }
  return values;
}

function write(form, values) {
  for (const [name, value] of Object.entries(values)) {
    if (name.endsWith("-TOTAL_FORMS")) {
      const detail = { prefix: name.slice(0, -"-TOTAL_FORMS".length), count: Number(value) };
      document.dispatchEvent(new CustomEvent("portal:rows-needed", { detail }));
    }
  }
  for (const element of form.elements) {
    const value = values[element.name];
    if (!kept(element) || value === undefined) {
      continue;
    }
    if (element.type === "checkbox" || element.type === "radio") {
      element.checked = value.includes(element.value);
    } else if (element.multiple) {
      for (const option of element.options) {
        option.selected = value.includes(option.value);
      }
    } else {
      element.value = value;
    }
    if (element.name.endsWith("-DELETE") && element.checked) {
      element.closest("[data-row]")?.classList.add("rows-gone");
    }
  }
}

function store(key, values) {
  try {
    sessionStorage.setItem(key, JSON.stringify({ at: Date.now(), values }));
  } catch {
    // A full store must not stop anybody from typing.
  }
}

function announce(form, at, discard) {
  const note = document.createElement("p");
  note.className = "draft-note";
  note.setAttribute("role", "status");
  const time = new Date(at).toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit" });
  note.textContent = `已恢复您 ${time} 填写但未提交的内容。`;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn btn-quiet btn-small";
  button.textContent = "放弃恢复的内容";
  button.addEventListener("click", discard);
  note.append(button);
  form.prepend(note);
}

// The page after a submit: the server has taken the values unless it says what is wrong. A login or an error page
// in between (body[data-keep-draft]) keeps them for the form's next visit.
const sent = sessionStorage.getItem(SENT);
sessionStorage.removeItem(SENT);
if (sent && !("keepDraft" in document.body.dataset)) {
  const refused = document.querySelector("[data-error-summary], .field-error, .note-error");
  if (!refused) {
    sessionStorage.removeItem(sent);
  }
}

let leaving = false;

for (const form of forms) {
  const key = keyOf(form);
  const original = JSON.stringify(read(form));
  const answered = form.querySelector("[data-error-summary], .field-error") !== null || form.dataset.bound === "yes";
  const draft = JSON.parse(sessionStorage.getItem(key) || "null");
  // A form that came back with errors already holds what was typed.
  if (draft && !answered && JSON.stringify(draft.values) !== original) {
    write(form, draft.values);
    announce(form, draft.at, () => {
      sessionStorage.removeItem(key);
      leaving = true;
      window.location.reload();
    });
  }
  let timer;
  const changed = () => JSON.stringify(read(form)) !== original;
  const save = () => (changed() ? store(key, read(form)) : sessionStorage.removeItem(key));
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(save, 400);
  });
  form.addEventListener("change", save);
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) {
      return;
    }
    clearTimeout(timer);
    save();
    sessionStorage.setItem(SENT, key);
    leaving = true;
  });
  window.addEventListener("beforeunload", (event) => {
    if (!leaving && changed()) {
      event.preventDefault();
    }
  });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) {
      leaving = false;
    }
  });
}

document.addEventListener("portal:leaving", () => {
  leaving = true;
});

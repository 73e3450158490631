// data-confirm="question" on a submit button, a form or a link asks first, in a <dialog>.
// data-confirm-label names the button, data-confirm-tone="danger" colours it.
let dialog;

function build() {
  dialog = document.createElement("dialog");
  dialog.className = "dialog";
  dialog.setAttribute("aria-labelledby", "confirm-title");
  dialog.innerHTML =
    '<form method="dialog"><div class="dialog-body"><h2 id="confirm-title">请确认</h2><p></p></div>' +
    '<div class="dialog-foot"><button class="btn btn-quiet" value="no">取消</button>' +
    '<button class="btn" value="yes"></button></div></form>';
  document.body.append(dialog);
}

export function ask(question, label = "确定", tone = "primary") {
  if (!dialog) {
    build();
  }
  dialog.querySelector("p").textContent = question;
  const yes = dialog.querySelector('[value="yes"]');
  yes.textContent = label;
  yes.className = `btn btn-${tone}`;
  dialog.returnValue = "no";
  dialog.showModal();
  // The safe answer has the focus.
  dialog.querySelector('[value="no"]').focus();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

function askFor(element) {
  return ask(element.dataset.confirm, element.dataset.confirmLabel, element.dataset.confirmTone);
}

document.addEventListener(
  "submit",
  async (event) => {
    const form = event.target;
    const asking = event.submitter?.dataset.confirm ? event.submitter : form.dataset.confirm ? form : null;
    if (!asking || form.dataset.confirmed) {
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    const submitter = event.submitter;
    if (await askFor(asking)) {
      form.dataset.confirmed = "yes";
      form.requestSubmit(submitter);
      delete form.dataset.confirmed;
    }
  },
  true,
);

document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[data-confirm]");
  if (!link) {
    return;
  }
  event.preventDefault();
  if (await askFor(link)) {
    window.location.assign(link.href);
  }
});

document.addEventListener("htmx:confirm", (event) => {
  const element = event.detail.elt;
  if (element.tagName === "FORM" || !element.dataset.confirm) {
    return;
  }
  event.preventDefault();
  askFor(element).then((yes) => yes && event.detail.issueRequest(true));
});

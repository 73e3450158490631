// Small manners of every page: the error summary gets the focus, a form is sent once, a failed htmx request says so.
document.querySelector("[data-error-summary]")?.focus();

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") {
    return;
  }
  const buttons = form.querySelectorAll("button[type=submit], button:not([type])");
  // After this turn, so that the button's own name and value are still sent.
  setTimeout(() => {
    for (const button of buttons) {
      button.setAttribute("aria-busy", "true");
      button.disabled = true;
    }
  });
  // An answer that is a download leaves the page as it is.
  setTimeout(() => release(buttons), 8000);
});

function release(buttons) {
  for (const button of buttons) {
    button.removeAttribute("aria-busy");
    button.disabled = false;
  }
}

// Back from the next page: the buttons work again.
window.addEventListener("pageshow", () => release(document.querySelectorAll("button[aria-busy]")));

const WORDS = {
  403: "您没有权限进行此操作,或页面已过期,请刷新后重试。",
  404: "没有找到该记录,或不在您的可见范围内。",
  409: "该记录已被他人处理,请刷新页面查看最新状态。",
  413: "提交的内容过大。",
  429: "操作过于频繁,请稍后再试。",
};
function note(text) {
  document.dispatchEvent(new CustomEvent("portal:note", { detail: { text, level: "error" } }));
}
// A conflict comes with its own piece of a page that says who did what.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.xhr.status === 409 || event.detail.xhr.status === 422) {
    event.detail.shouldSwap = true;
  }
});
document.addEventListener("htmx:responseError", (event) => {
  const xhr = event.detail.xhr;
  if (xhr.status === 409 || xhr.status === 422) {
    return; // the answer itself is shown
  }
  const plain = (xhr.getResponseHeader("Content-Type") || "").startsWith("text/plain") ? xhr.responseText : "";
  note(plain || WORDS[xhr.status] || "系统出现错误,内容未保存,请稍后重试。");
});
document.addEventListener("htmx:sendError", () => note("网络连接失败,内容未保存,请检查网络后重试。"));

// data-submit-on-change: a filter that applies itself.
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit-on-change]")) {
    event.target.form.requestSubmit();
  }
});

// data-check-all="name" ticks every box of that name.
document.addEventListener("change", (event) => {
  const name = event.target.dataset?.checkAll;
  if (name) {
    for (const box of document.querySelectorAll(`input[type=checkbox][name="${CSS.escape(name)}"]`)) {
      box.checked = event.target.checked;
    }
  }
});

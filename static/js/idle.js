// The server forgets a session after body[data-idle-seconds] without a request. Two minutes before, the page says so;
// what was typed is kept by draft.js. Requests of other tabs count: the last moment is shared.
const seconds = Number(document.body.dataset.idleSeconds || 0);
const WARN = 120;
const KEY = "last-request";

if (seconds > WARN) {
  let dialog;
  const touch = () => localStorage.setItem(KEY, String(Date.now()));
  const left = () => seconds - (Date.now() - Number(localStorage.getItem(KEY) || 0)) / 1000;

  const stay = async () => {
    const answer = await fetch(document.body.dataset.aliveUrl, { method: "HEAD", redirect: "manual" });
    if (answer.type === "opaqueredirect") {
      leave(); // to the login: the session is gone
    } else {
      touch();
    }
  };

  const leave = () => {
    document.dispatchEvent(new CustomEvent("portal:leaving"));
    const next = encodeURIComponent(window.location.pathname + window.location.search);
    window.location.assign(`${document.body.dataset.loginUrl}?next=${next}`);
  };

  const warn = (remaining) => {
    if (!dialog) {
      dialog = document.createElement("dialog");
      dialog.className = "dialog";
      dialog.setAttribute("aria-labelledby", "idle-title");
      dialog.innerHTML =
        '<form method="dialog"><div class="dialog-body"><h2 id="idle-title">即将自动退出</h2><p></p></div>' +
        '<div class="dialog-foot"><button class="btn btn-primary">继续使用</button></div></form>';
      dialog.addEventListener("close", stay);
      document.body.append(dialog);
    }
    const words = remaining > 60 ? `${Math.ceil(remaining / 60)} 分钟` : `${Math.max(1, Math.ceil(remaining))} 秒`;
    dialog.querySelector("p").textContent = `您已较长时间未操作,${words}后将自动退出。已填写的内容会保留在本页。`;
    if (!dialog.open) {
      dialog.showModal();
    }
  };

  touch();
  document.addEventListener("htmx:afterRequest", touch);
  setInterval(() => {
    const remaining = left();
    if (remaining <= -5) {
      leave();
    } else if (remaining <= WARN) {
      warn(remaining);
    } else if (dialog?.open) {
      // Another tab was used meanwhile.
      dialog.removeEventListener("close", stay);
      dialog.close();
      dialog.remove();
      dialog = undefined;
    }
  }, 5000);
}

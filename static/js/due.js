// Due chips count down while the page stays open. The words and colours are those of `due_state` in the `ui` tags.
export function span(seconds) {
  const minutes = Math.floor(seconds / 60);
  const days = Math.floor(minutes / 1440);
  const hours = Math.floor((minutes % 1440) / 60);
  const rest = minutes % 60;
  if (days) {
    return hours && days < 10 ? `${days}天${hours}小时` : `${days}天`;
  }
  if (hours) {
    return rest ? `${hours}小时${rest}分` : `${hours}小时`;
  }
  return rest ? `${rest}分钟` : "不足1分钟";
}

export function dueState(left) {
  if (left <= 0) {
    return ["late", `已逾期 ${span(-left)}`];
  }
  const state = left <= 4 * 3600 ? "urgent" : left <= 24 * 3600 ? "soon" : "open";
  return [state, `剩 ${span(left)}`];
}

// The machine's clock may be wrong; the server's moment comes with the page.
const served = Number(document.body.dataset.now) * 1000;
const offset = served ? served - Date.now() : 0;

function refresh() {
  const now = Date.now() + offset;
  for (const chip of document.querySelectorAll("[data-due]")) {
    const [state, words] = dueState(Number(chip.dataset.due) - now / 1000);
    chip.className = `due due-${state}`;
    chip.querySelector("[data-due-left]").textContent = words;
  }
}

setInterval(refresh, 30000);
document.addEventListener("visibilitychange", () => document.hidden || refresh());

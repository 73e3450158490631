"""A person at a browser: one context each, so that several are logged in at once."""

from playwright.sync_api import Browser, BrowserContext, Page

from tests.factories import PASSWORD


class Portal:
    """Logs people in on the live server; a script error or a breach of the content policy fails on ``close``."""

    def __init__(self, browser: Browser, base: str, *, width: int = 1440, height: int = 900) -> None:
        self.browser = browser
        self.base = base
        self.size = {"width": width, "height": height}
        self.contexts: list[BrowserContext] = []
        self.wrong: list[str] = []

    def url(self, path: str) -> str:
        return f"{self.base}{path}"

    def enter(self, login: str) -> Page:
        context = self.browser.new_context(
            viewport=self.size,  # type: ignore[arg-type]
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            accept_downloads=True,
        )
        context.set_default_timeout(20_000)
        self.contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on(
            "console", lambda said: self.wrong.append(said.text) if "Content Security Policy" in said.text else None
        )
        page.goto(self.url("/accounts/login/"))
        page.fill("#id_login", login)
        page.fill("#id_password", PASSWORD)
        page.click("button[type=submit]")
        page.wait_for_url(self.url("/"))
        return page

    def close(self) -> None:
        for context in self.contexts:
            context.close()
        assert self.wrong == []

"""Login as this portal does it: accounts are made by administrators, nobody signs up."""

from django.http import HttpRequest

from organization.accounts import GuardedAdapter


class AccountAdapter(GuardedAdapter):
    """Local accounts with a user name; the lockout of a name is the base class's."""

    error_messages = GuardedAdapter.error_messages | {
        "too_many_login_attempts": "此网络地址登录失败次数过多,请 15 分钟后再试,或联系系统管理员。",
        "username_password_mismatch": "用户名或密码不正确。",
        "account_inactive": "该账号已停用,请联系系统管理员。",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

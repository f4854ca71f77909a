"""Where the pages about accounts are."""

from __future__ import annotations

from django.urls import path

from palate.server.accounts.views import entrance, everybody, members, profile, resets

__all__ = ["app_name", "urlpatterns"]

app_name = "accounts"
urlpatterns = [
    path("first-run/", entrance.first_run_page, name="first_run"),
    path("login/", entrance.log_in, name="login"),
    path("logout/", entrance.log_out, name="logout"),
    path("join/", entrance.join_page, name="join"),
    path("reset/", resets.reset_page, name="reset"),
    path("profile/", profile.profile, name="profile"),
    path("profile/password/", profile.change_password, name="password"),
    path("profile/erase/", profile.erase_own_account, name="erase_own"),
    path("profile/tokens/", profile.token_list, name="tokens"),
    path("profile/tokens/<int:token>/revoke/", profile.revoke_token, name="revoke_token"),
    path("projects/<int:project>/members/", members.member_list, name="members"),
    path("projects/<int:project>/members/invite/", members.invite_member, name="invite_member"),
    path("members/<int:membership>/role/", members.change_role, name="change_role"),
    path("members/<int:membership>/remove/", members.remove_member, name="remove_member"),
    path("members/<int:membership>/restrict/", members.restrict_member, name="restrict_member"),
    path("members/<int:membership>/reset/", resets.offer_to_member, name="reset_member"),
    path("restrictions/<int:restriction>/lift/", members.lift_restriction, name="lift_restriction"),
    path("invitations/<int:invitation>/revoke/", members.revoke_invitation, name="revoke_invitation"),
    path("accounts/", everybody.account_list, name="accounts"),
    path("accounts/invite/", everybody.invite_to_server, name="invite_to_server"),
    path("accounts/<int:account>/close/", everybody.close_account, name="close_account"),
    path("accounts/<int:account>/open/", everybody.open_account, name="open_account"),
    path("accounts/<int:account>/reset/", resets.offer_to_account, name="reset_account"),
    path("accounts/<int:account>/erase/", everybody.erase_account, name="erase_account"),
]

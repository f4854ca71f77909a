"""What the forms about accounts ask for, and what they take."""

from __future__ import annotations

import secrets
from typing import Any, ClassVar

from django import forms
from django.conf.locale import LANG_INFO
from django.contrib.auth import password_validation
from django.core.validators import RegexValidator

from palate.server.accounts import invitations, tokens
from palate.server.accounts.logins import normal_login
from palate.server.accounts.models import Account, Role
from palate.server.projects.models import Project
from palate.server.web.access import projects_of

__all__ = [
    "AcceptForm",
    "EraseOtherForm",
    "EraseSelfForm",
    "FirstRunForm",
    "InvitationForm",
    "JoinForm",
    "LoginForm",
    "PasswordForm",
    "ProfileForm",
    "ResetForm",
    "RestrictForm",
    "RoleForm",
    "TokenForm",
]

_LONGEST_PASSWORD = 1000
_NO_SPELLING = {"autocapitalize": "none", "autocorrect": "off", "spellcheck": "false"}
_LANGUAGES = (
    "ar", "bg", "bn", "ca", "cs", "da", "de", "el", "en", "es", "et", "fa", "fi", "fr", "he", "hi", "hr", "hu", "hy",
    "id", "it", "ja", "ka", "kk", "ko", "lt", "lv", "ms", "nb", "nl", "pl", "pt", "ro", "ru", "sk", "sl", "sr", "sv",
    "sw", "ta", "te", "th", "tr", "uk", "ur", "vi", "zh-hans", "zh-hant",
)  # fmt: skip


def _code_field(help_text: str) -> forms.CharField:
    return forms.CharField(
        label="Code",
        max_length=200,
        help_text=help_text,
        widget=forms.TextInput(attrs={**_NO_SPELLING, "autocomplete": "off", "data-code-from-link": ""}),
    )


def _present_password(label: str = "Password") -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=_LONGEST_PASSWORD,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


def _new_password(label: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=_LONGEST_PASSWORD,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


class _FormKey(forms.Form):
    """A form whose second sending returns what the first one returned."""

    form_key = forms.CharField(required=False, max_length=100, widget=forms.HiddenInput)

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["form_key"].initial = secrets.token_urlsafe(16)


class LoginForm(forms.Form):
    """Who one is."""

    login = forms.CharField(
        max_length=150, widget=forms.TextInput(attrs={**_NO_SPELLING, "autocomplete": "username"})
    )
    password = _present_password()


class _NewAccountForm(forms.Form):
    login = forms.CharField(
        max_length=150,
        help_text="A name or an e-mail address to log in with.",
        validators=[RegexValidator(r"^[\w.@+-]+$", "A login has letters, digits and . @ + - _ only.")],
        widget=forms.TextInput(attrs={**_NO_SPELLING, "autocomplete": "username"}),
    )
    name = forms.CharField(
        label="Name",
        max_length=150,
        required=False,
        help_text="What managers of your projects see. You may leave it empty.",
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    password = _new_password("Password")
    password_again = _new_password("Password, once more")
    password.help_text = "At least 10 characters, and not one of the common ones."

    def clean_login(self) -> str:
        """Return the login as it is stored."""
        return normal_login(self.cleaned_data["login"])

    def clean(self) -> dict[str, Any]:
        """Check the password against the account that is to have it."""
        given = super().clean() or {}
        account = Account(login=given.get("login", ""), name=given.get("name", ""))
        _check_new_password(self, given, account)
        return given


class FirstRunForm(_NewAccountForm):
    """The first account, an admin."""

    code = _code_field("The setup code from the terminal in which the server was started.")
    field_order = ("code", "login", "name", "password", "password_again")


class JoinForm(_NewAccountForm):
    """A new account through an invitation."""

    code = _code_field("The part of your invitation link after #. The link fills it in.")
    field_order = ("code", "login", "name", "password", "password_again")


class AcceptForm(forms.Form):
    """An invitation for somebody who has an account."""

    code = _code_field("The part of your invitation link after #. The link fills it in.")


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]  # Django takes no parameter at run time
    """What a person says about themselves."""

    languages = forms.MultipleChoiceField(
        required=False,
        help_text="In which you read and write well. Some work is for certain languages only.",
        choices=[(code, LANG_INFO[code]["name_local"].capitalize()) for code in _LANGUAGES],
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:  # noqa: D106 (what the form takes from the model)
        model = Account
        fields = ("name", "single_keys", "languages")
        labels: ClassVar[dict[str, str]] = {"single_keys": "Answer by single keys"}
        help_texts: ClassVar[dict[str, str]] = {
            "name": "What managers of your projects see.",
            "single_keys": "Turn this off if you use speech input or often touch keys by accident.",
        }
        widgets: ClassVar[dict[str, forms.Widget]] = {"name": forms.TextInput(attrs={"autocomplete": "name"})}


class PasswordForm(forms.Form):
    """A new password for one's own account."""

    old = _present_password("Present password")
    password = _new_password("New password")
    password_again = _new_password("New password, once more")
    revoke_tokens = forms.BooleanField(
        required=False, label="Also revoke my API tokens, in case somebody else has one"
    )

    def __init__(self, *arguments: Any, account: Account, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._account = account

    def clean(self) -> dict[str, Any]:
        """Check the new password."""
        given = super().clean() or {}
        _check_new_password(self, given, self._account)
        return given


class ResetForm(forms.Form):
    """A new password for whoever a link's code belongs to."""

    code = _code_field("The part of your link after #. The link fills it in.")
    password = _new_password("New password")
    password_again = _new_password("New password, once more")
    password.help_text = "At least 10 characters, and not one of the common ones."

    def clean(self) -> dict[str, Any]:
        """Check that the password was typed as meant."""
        given = super().clean() or {}
        if given.get("password") != given.get("password_again"):
            self.add_error("password_again", "The two passwords differ.")
        return given

    def check_for(self, account: Account) -> None:
        """Check the password against the account that is to have it."""
        _check_new_password(self, self.cleaned_data, account)


class EraseSelfForm(forms.Form):
    """The password, to erase one's own account."""

    password = _present_password()


class EraseOtherForm(forms.Form):
    """The login, typed by an admin to erase the right account."""

    login = forms.CharField(max_length=150, label="Login of the account, to be sure")


class InvitationForm(_FormKey):
    """Whom to let in, and for how long."""

    role = forms.ChoiceField()
    uses = forms.IntegerField(
        label="People",
        min_value=1,
        max_value=invitations.MOST_USES,
        initial=1,
        help_text="How many may use the link.",
    )
    days = forms.IntegerField(
        label="Valid for (days)", min_value=1, max_value=invitations.LONGEST_DAYS, initial=7
    )
    note = forms.CharField(max_length=200, required=False, help_text="For yourself, to tell links apart.")

    def __init__(self, *arguments: Any, roles: list[tuple[str, str]], **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["role"].choices = roles  # type: ignore[attr-defined]


class RoleForm(forms.Form):
    """What a member is to be."""

    role = forms.ChoiceField(choices=Role.choices)


class RestrictForm(forms.Form):
    """Why somebody may not work, and for how long."""

    reason = forms.CharField(max_length=300)
    days = forms.IntegerField(
        required=False, min_value=1, max_value=3650, help_text="Empty: until you lift it."
    )


class TokenForm(_FormKey):
    """What a program may do, and for how long."""

    name = forms.CharField(max_length=100, help_text="What the token is for.")
    scope = forms.ChoiceField(choices=[("read", "Read"), ("write", "Read and write")])
    project = forms.ModelChoiceField(
        queryset=Project.objects.none(),
        required=False,
        empty_label="All of mine",
        help_text="The only project that it may touch.",
    )
    days = forms.IntegerField(
        label="Valid for (days)", min_value=1, max_value=tokens.LONGEST_DAYS, initial=90
    )

    def __init__(self, *arguments: Any, account: Account, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["project"].queryset = projects_of(account).order_by("name")  # type: ignore[attr-defined]


def _check_new_password(form: forms.Form, given: dict[str, Any], account: Account) -> None:
    password, again = given.get("password"), given.get("password_again")
    if not password or not again:
        return
    if password != again:
        form.add_error("password_again", "The two passwords differ.")
    try:
        password_validation.validate_password(password, account)
    except forms.ValidationError as problem:
        form.add_error("password", problem)

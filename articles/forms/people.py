"""The operator's forms for users. Each error says what to type instead."""

from typing import Any

from django import forms
from django.contrib.auth.models import Group
from unfold.forms import UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminSelectWidget

from articles import roles


class RoleField(forms.ModelChoiceField):
    """One of the roles, told in words; none: no way into the admin."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            queryset=Group.objects.order_by("name"),
            required=False,
            empty_label="none: may not log in to the admin",
            widget=UnfoldAdminSelectWidget(),
            help_text="A superuser may do everything, whatever the role.",
            error_messages={"invalid_choice": "This role is not there any more: choose another."},
            **kwargs,
        )

    def label_from_instance(self, group: Group) -> str:
        return roles.in_words(group)


class UserForm(UserChangeForm):
    """A user, with the one role that they have."""

    role = RoleField()

    class Meta(UserChangeForm.Meta):
        fields = ["username", "password", "is_active", "is_superuser", "first_name", "last_name", "email"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and "role" in self.fields:
            self.fields["role"].initial = self.instance.groups.order_by("name").first()


class NewUserForm(UserCreationForm):
    """A user to be: a name, a password, and a role."""

    role = RoleField()

    class Meta(UserCreationForm.Meta):
        fields = ["username", "email"]

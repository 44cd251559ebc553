"""Who may do what here: users, each with a role, and the roles."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import Model
from django.forms import ModelForm
from django.http import HttpRequest
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.forms import AdminPasswordChangeForm

from articles import roles
from articles.admin.base import Trailed
from articles.forms.people import NewUserForm, UserForm

admin.site.unregister(User)
admin.site.unregister(Group)


@admin.register(User)
class UserAdmin(DjangoUserAdmin, Trailed):
    """A user has one role, told in words. Who is no superuser touches none, and makes none."""

    form = UserForm
    add_form = NewUserForm
    change_password_form = AdminPasswordChangeForm
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        ("What they may do", {"fields": ["role", "is_active", "is_superuser"]}),
        ("Who it is", {"fields": ["first_name", "last_name", "email"]}),
        ("When", {"fields": ["last_login", "date_joined"]}),
    ]
    add_fieldsets = [
        (None, {"fields": ["username", "email", "role", "usable_password", "password1", "password2"]})
    ]
    readonly_fields = ["last_login", "date_joined"]
    filter_horizontal: list[str] = []
    list_display = ["username", "email", "role_in_words", "is_active", "last_login"]
    list_filter = [("groups", RelatedDropdownFilter), "is_active", "is_superuser"]

    @admin.display(description="may")
    def role_in_words(self, user: User) -> str:
        if user.is_superuser:
            return "superuser: may do everything"
        return "; ".join(roles.in_words(group) for group in user.groups.all()) or "nothing"

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("groups")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Whoever may only look is told the role in words, and nothing of the password."""
        if obj is None or self.has_change_permission(request, obj):
            return super().get_fieldsets(request, obj)
        return [
            (None, {"fields": ["username", "role_in_words", "is_active"]}),
            *self.fieldsets[2:],
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        if obj is not None and not self.has_change_permission(request, obj):
            return [*self.readonly_fields, "role_in_words"]
        return [*self.readonly_fields, *([] if request.user.is_superuser else ["is_superuser"])]

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return super().has_change_permission(request, obj) and self._may_touch(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return super().has_delete_permission(request, obj) and self._may_touch(request, obj)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """None: users are deleted one by one, so that each is looked at."""
        return {}

    def save_related(self, request: HttpRequest, form: ModelForm, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if "role" in form.cleaned_data:
            roles.give(form.instance, form.cleaned_data["role"])

    def _may_touch(self, request: HttpRequest, user: Any) -> bool:
        return request.user.is_superuser or user is None or not user.is_superuser


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, Trailed):
    """Roles; those that newsdiff makes keep their names, by which it knows them."""

    list_display = ["in_words"]

    @admin.display(description="role", ordering="name")
    def in_words(self, group: Group) -> str:
        return roles.in_words(group)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["name"] if obj and obj.name in roles.NAMES else []

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and not (obj and obj.name in roles.NAMES)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return {}

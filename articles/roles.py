"""What people may do in the admin, in three roles: groups of permissions, made and kept by each migration.

A role has at least what is said here. What an operator gives to it besides is left; what is taken from it
comes back. Whoever should do less is given a role of the operator's own making.
"""

from dataclasses import dataclass
from typing import Any

from auditlog.context import disable_auditlog
from django.apps import AppConfig, apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission, User
from django.db.models import Q

OURS = "articles"
PEOPLE = ("auth",)
TRAIL = "auditlog"
LOGINS = ("axes", "otp_totp", "otp_static")  # failed logins with their addresses; second factors


@dataclass(frozen=True, slots=True)
class Role:
    """A role: the name of its group, what it means, and its permissions."""

    name: str
    means: str
    permissions: Q


_LOOKING = Q(codename__startswith="view_", content_type__app_label__in=[OURS, TRAIL, *PEOPLE])
ROLES = (
    Role("viewer", "sees everything and changes nothing", _LOOKING),
    Role(
        "curator",
        "adds and edits sources, feeds and rules, and checks, hides, merges and moves articles",
        _LOOKING | Q(content_type__app_label=OURS) & ~Q(codename="see_addresses"),
    ),
    Role(
        "operator",
        "does all that, and says who may log in",
        _LOOKING | Q(content_type__app_label__in=[OURS, *PEOPLE, *LOGINS]),
    ),
)
NAMES = tuple(role.name for role in ROLES)


def in_words(group: Group) -> str:
    """A role's name, and what it means where it is one of ours."""
    means = {role.name: role.means for role in ROLES}.get(group.name)
    return f"{group.name}: {means}" if means else group.name


def give(user: User, group: Group | None) -> None:
    """Gives a user this role and no other; None: no role, and no way into the admin.

    A superuser gets in, and may do everything, whatever the role.
    """
    user.groups.set([group] if group else [])
    is_staff = group is not None or user.is_superuser
    if user.is_staff != is_staff:
        user.is_staff = is_staff
        user.save(update_fields=["is_staff"])


def keep(sender: AppConfig, using: str, **signal: Any) -> None:
    """Makes the roles, and gives them what they lack of their permissions; after each migration."""
    if sender.label != OURS:
        return
    for label in (OURS, TRAIL, *PEOPLE, *LOGINS):  # which Django makes app by app, ours before others
        create_permissions(apps.get_app_config(label), verbosity=0, using=using)
    with disable_auditlog():
        for role in ROLES:
            group, _ = Group.objects.using(using).get_or_create(name=role.name)
            wanted = Permission.objects.using(using).filter(role.permissions)
            group.permissions.add(*wanted.exclude(group=group))

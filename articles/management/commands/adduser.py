import sys
from argparse import ArgumentParser
from getpass import getpass
from typing import Any

from django.contrib.auth.models import Group, User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError
from django.db import transaction

from articles import roles, trail
from articles.management.base import DataCommand
from articles.management.ready import ensure_migrated


class Command(DataCommand):
    help = "Lets somebody into the admin, in a role; of a user who is there already the role is changed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--role", required=True, choices=roles.NAMES, help="what they may do")
        parser.add_argument("--email", default="", help="their address")

    def handle(self, *, username: str, role: str, email: str, **options: Any) -> None:
        ensure_migrated()
        group = Group.objects.get(name=role)
        if user := User.objects.filter(username=username).first():
            with transaction.atomic():
                roles.give(user, group)
                trail.record(None, [user], f"Is {role} from now on.")
            self.stdout.write(f"{username} is {roles.in_words(group)}.")
            return
        user = User(username=username, email=email, is_active=True)
        _check(lambda: user.clean_fields(exclude=["password"]))
        user.set_password(_password(user))
        with transaction.atomic():
            user.save()
            roles.give(user, group)
            trail.record(None, [user], f"Let in as {role}.")
        self.stdout.write(f"{username} may log in at /admin/ as {roles.in_words(group)}.")


def _password(user: User) -> str:
    """Typed twice on a terminal; else the first line of standard input."""
    if sys.stdin.isatty():
        typed = getpass("Password: ")
        if typed != getpass("The same again: "):
            raise CommandError("These are two passwords: nothing was done. Run it again.")
    else:
        typed = sys.stdin.readline().rstrip("\r\n")
    _check(lambda: validate_password(typed, user))
    return typed


def _check(validate: Any) -> None:
    try:
        validate()
    except ValidationError as error:
        raise CommandError(" ".join(error.messages), returncode=2) from error

import sys
from argparse import ArgumentParser
from typing import Any

import qrcode
from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.management.base import CommandError
from django.db import transaction
from django_otp.oath import TOTP
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from articles.management.base import DataCommand
from articles.management.ready import ensure_migrated

RECOVERY_CODES = 10
TRIES = 3


class Command(DataCommand):
    help = "Sets up a second factor for an operator's login: codes of an authenticator app (TOTP, RFC 6238)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--off", action="store_true", help="log in without a code again")

    def handle(self, *, username: str, off: bool, **options: Any) -> None:
        ensure_migrated()
        user = get_user_model().objects.filter(username=username).first()
        if user is None:
            raise CommandError(f"There is no user {username!r}.", returncode=2)
        if off:
            had = _remove(user)
            self.stdout.write(
                f"{username} logs in without a code." if had else f"{username} had no second factor."
            )
            return
        # Not stored before a code of it was typed: nobody is locked out by an app that never took the key.
        device = TOTPDevice(user=user, name="authenticator app", confirmed=True)
        self._show(device)
        if not self._was_taken_over(device):
            raise CommandError(
                "No right code was typed: nothing was changed. Is the clock of this machine right?"
            )
        with transaction.atomic():
            _remove(user)
            device.save()
            codes = _recovery_codes(user)
        self.stdout.write(
            f"\n{username} logs in with a code from now on. Recovery codes, each good once; keep them"
        )
        self.stdout.write("where neither this machine nor the phone is:\n")
        self.stdout.write("".join(f"    {code}\n" for code in codes))

    def _show(self, device: TOTPDevice) -> None:
        """The key, as a picture to scan where the terminal can show it, and to type in."""
        code = qrcode.QRCode(border=2)
        code.add_data(device.config_url)
        if self.stdout.isatty():
            code.print_ascii(out=self.stdout, invert=True)
        self.stdout.write("Scan this, or give your authenticator app this address:\n\n")
        self.stdout.write(f"    {device.config_url}\n\n")

    def _was_taken_over(self, device: TOTPDevice) -> bool:
        for _ in range(TRIES):
            self.stdout.write("The code it shows: ", ending="")
            self.stdout.flush()
            typed = "".join(sys.stdin.readline().split())
            if not typed:
                return False
            if typed.isdecimal() and _is_of(device, int(typed)):
                return True
            self.stdout.write("That is not it.")
        return False


def _is_of(device: TOTPDevice, code: int) -> bool:
    """Does the device show this code now, or did it half a minute ago? A stored one would count failures."""
    totp = TOTP(device.bin_key, device.step, device.t0, device.digits)
    return bool(totp.verify(code, device.tolerance))


def _remove(user: AbstractBaseUser) -> bool:
    """Ends the user's second factors; were there any?"""
    removed = [kind.objects.devices_for_user(user).delete()[0] for kind in (TOTPDevice, StaticDevice)]
    return any(removed)


def _recovery_codes(user: AbstractBaseUser) -> list[str]:
    device = StaticDevice.objects.create(user=user, name="recovery codes", confirmed=True)
    codes: set[str] = set()
    while len(codes) < RECOVERY_CODES:
        code = StaticToken.random_token()
        if not code.isdigit():  # which the login would take for an app's
            codes.add(code)
    StaticToken.objects.bulk_create(StaticToken(device=device, token=code) for code in sorted(codes))
    return sorted(codes)

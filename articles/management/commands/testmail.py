from argparse import ArgumentParser
from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.management.base import CommandError
from django.core.validators import validate_email

from articles.management.base import DataCommand


class Command(DataCommand):
    help = "Sends a message through the mail server of EMAIL_URL, and says what that answered."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("address", metavar="ADDRESS", help="to whom")

    def handle(self, *, address: str, **options: Any) -> None:
        try:
            validate_email(address)
        except ValidationError:
            raise CommandError(
                f"{address!r} is no e-mail address; give one such as name@example.org.", returncode=2
            ) from None
        if not settings.EMAIL_HOST:
            raise CommandError("No mail server is set. Set EMAIL_URL: docs/settings.md says how.")
        words = f"newsdiff at {settings.BASE_URL} can send e-mail."
        message = EmailMessage("A test by newsdiff", words, to=[address])
        server = f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
        try:
            message.send()
        except (SMTPException, OSError) as error:
            raise CommandError(
                f"{server} did not take it: {error}. See EMAIL_URL and NEWSDIFF_MAIL_FROM."
            ) from error
        self.stdout.write(f"{server} took a message from {settings.NEWSDIFF_MAIL_FROM} to {address}.")

"""Whoever wants in at the operator's entrance."""

import io
import sys
from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from django_otp.oath import TOTP
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from articles import limits

pytestmark = pytest.mark.django_db
PASSWORD = "a long enough phrase"
HERE, ELSEWHERE = "198.51.100.7", "203.0.113.9"


@pytest.fixture(autouse=True)
def fresh(settings):
    settings.REDIS_URL = ""
    limits._own.clear()
    yield
    limits._own.clear()


@pytest.fixture
def operator():
    return get_user_model().objects.create_superuser("operator", password=PASSWORD)


def log_in(client: Client, password: str = PASSWORD, name: str = "operator", **more: str):
    return client.post("/admin/login/?next=/admin/", {"username": name, "password": password, **more})


def is_in(client: Client) -> bool:
    return client.get("/admin/").status_code == 200


# --- guessing --------------------------------------------------------------------------------------------
def test_who_guesses_is_locked_out_and_the_operator_elsewhere_is_not(operator):
    guesser, at_home = Client(REMOTE_ADDR=HERE), Client(REMOTE_ADDR=ELSEWHERE)
    assert [log_in(guesser, f"guess {n}").status_code for n in range(5)] == [200, 200, 200, 200, 429]
    refused = log_in(guesser)  # the right one comes too late
    assert refused.status_code == 429
    assert b"too many attempts to log in from your address" in refused.content
    assert b"in 15 minutes" in refused.content
    assert refused["Retry-After"] == "900"
    assert b"operator" not in refused.content
    assert not is_in(guesser)
    assert log_in(at_home).status_code == 302
    assert is_in(at_home)


def test_a_lock_ends_by_itself_or_by_a_command(operator):
    guesser = Client(REMOTE_ADDR=HERE)
    for n in range(5):
        log_in(guesser, f"guess {n}")
    call_command("axes_reset", stdout=io.StringIO())
    assert log_in(guesser).status_code == 302
    other = Client(REMOTE_ADDR=ELSEWHERE)
    for n in range(5):
        log_in(other, f"guess {n}")
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=16))
    assert log_in(other).status_code == 302


def test_a_name_that_there_is_not_is_locked_in_the_same_words(operator):
    known, unknown = Client(REMOTE_ADDR=HERE), Client(REMOTE_ADDR=HERE)
    answers = [
        [log_in(client, f"guess {n}", name) for n in range(6)]
        for client, name in ((known, "operator"), (unknown, "nobody"))
    ]
    assert [a.status_code for a in answers[0]] == [a.status_code for a in answers[1]]
    assert answers[0][-1].content == answers[1][-1].content


@pytest.mark.parametrize(
    "forged", ["10.1.1.{n}", "{n}.1.1.1, 127.0.0.1", "127.0.0.1", "::{n}", "<{n}>", "{n}" * 500]
)
def test_a_forged_address_frees_nobody_from_the_lock(operator, settings, forged):
    for proxies, peer, suffix in ((0, HERE, ""), (1, "10.0.0.1", f", {HERE}")):
        AccessAttempt.objects.all().delete()
        limits._own.clear()
        settings.NEWSDIFF_PROXIES = proxies
        answers = []
        for n in range(6):
            field = forged.format(n=n) + suffix
            answers.append(log_in(Client(REMOTE_ADDR=peer, HTTP_X_FORWARDED_FOR=field), "guess"))
        assert [a.status_code for a in answers] == [200, 200, 200, 200, 429, 429]


def test_one_address_has_few_tries_for_all_names_together(operator, settings):
    settings.NEWSDIFF_RATE_LOGIN = 8
    guesser = Client(REMOTE_ADDR=HERE)
    answers = [log_in(guesser, "guess", f"name{n}").status_code for n in range(10)]
    assert answers == [200] * 8 + [429] * 2
    assert guesser.get("/admin/login/").status_code == 200  # to look at the page costs nothing


@pytest.mark.parametrize(
    "name", ["x" * 5_000, "a\x00b", "\ud800", "' OR 1=1 --", "operator\nINFO forged", "٣"]
)
def test_a_name_made_to_break_something_is_a_wrong_name(operator, name):
    client = Client(REMOTE_ADDR=HERE, raise_request_exception=False, HTTP_USER_AGENT="x" * 9_000)
    sent = {"username": name.encode("utf-8", "replace").decode(), "password": "x\x00y"}
    assert client.post("/admin/login/", sent).status_code in (200, 429)


def test_an_old_session_is_not_taken_over_by_the_login(operator):
    client = Client(REMOTE_ADDR=HERE)
    client.get("/admin/login/")
    planted = client.session
    planted["x"] = 1
    planted.save()
    client.cookies["sessionid"] = planted.session_key
    log_in(client)
    assert client.cookies["sessionid"].value != planted.session_key
    assert client.cookies["sessionid"]["httponly"]
    assert client.cookies["sessionid"]["path"] == "/admin/"
    assert client.cookies["sessionid"]["samesite"] == "Lax"


# --- the second factor -----------------------------------------------------------------------------------
@pytest.fixture
def device(operator) -> TOTPDevice:
    return TOTPDevice.objects.create(user=operator, name="app", confirmed=True)


def code_of(device: TOTPDevice, steps: int = 0) -> str:
    totp = TOTP(device.bin_key, device.step, device.t0, device.digits)
    totp.time += steps * device.step
    return f"{totp.token():06d}"


def test_the_password_alone_opens_nothing_where_there_is_a_second_factor(operator, device):
    client = Client(REMOTE_ADDR=HERE)
    answer = log_in(client)
    assert b"has a second factor: type its code too" in answer.content
    assert not is_in(client)
    for code in ("000000", "x", "²²²²²²", "0" * 20, "-1", code_of(device, 50)):
        TOTPDevice.objects.update(throttling_failure_count=0, throttling_failure_timestamp=None)
        assert log_in(client, code=code).status_code == 200, code
        assert not is_in(client)


def test_the_code_opens_once_and_not_again(operator, device):
    client = Client(REMOTE_ADDR=HERE)
    code = code_of(device)
    assert log_in(client, code=f" {code[:3]} {code[3:]}").status_code == 302
    assert is_in(client)
    eavesdropper = Client(REMOTE_ADDR=ELSEWHERE)
    assert log_in(eavesdropper, code=code).status_code == 200
    assert not is_in(eavesdropper)


def test_codes_are_not_guessed_either(operator, device):
    client = Client(REMOTE_ADDR=HERE)
    for _ in range(4):
        log_in(client, code="000000")
    device.refresh_from_db()
    assert device.throttling_failure_count == 1  # the others came too soon to be even looked at
    assert b"too soon after wrong ones" in log_in(client, code=code_of(device)).content
    assert not is_in(client)


def test_a_session_from_before_the_second_factor_opens_nothing_any_more(operator):
    client = Client(REMOTE_ADDR=HERE)
    log_in(client)
    assert is_in(client)
    TOTPDevice.objects.create(user=operator, confirmed=True)
    assert client.get("/admin/").status_code == 302
    assert client.get("/admin/articles/article/").status_code == 302


def test_another_users_device_or_one_not_confirmed_opens_nothing(operator, device):
    other = get_user_model().objects.create_superuser("other", password=PASSWORD)
    theirs = TOTPDevice.objects.create(user=other, confirmed=True)
    unconfirmed = TOTPDevice.objects.create(user=operator, confirmed=False)
    client = Client(REMOTE_ADDR=HERE)
    for stranger in (theirs, unconfirmed):
        TOTPDevice.objects.update(throttling_failure_count=0, throttling_failure_timestamp=None)
        assert log_in(client, code=code_of(stranger), otp_device=stranger.persistent_id).status_code == 200
    assert not is_in(client)


def test_second_factors_are_neither_shown_nor_made_in_the_admin(operator, device):
    """One made there would have a key that nobody was shown, and lock its owner out."""
    static = StaticDevice.objects.create(user=operator, confirmed=True)
    client = Client(REMOTE_ADDR=HERE)
    log_in(client, code=code_of(device))
    pages = [f"/admin/otp_totp/totpdevice/{device.pk}/{part}/" for part in ("change", "config", "qrcode")]
    pages += [f"/admin/otp_static/staticdevice/{static.pk}/change/", "/admin/otp_totp/totpdevice/add/"]
    assert [client.get(page).status_code for page in pages] == [404] * len(pages)
    assert b"otp_" not in client.get("/admin/").content


def test_a_recovery_code_typed_beside_a_wrong_password_is_not_kept(operator, device):
    """It is good until it is used, and viewers may look at failed attempts."""
    log_in(Client(REMOTE_ADDR=HERE), "a slip of the hand", code="abcdefgh")
    attempt = AccessAttempt.objects.get()
    assert "code=" in attempt.post_data
    assert "abcdefgh" not in attempt.post_data


# --- setting it up -----------------------------------------------------------------------------------------
def set_up(monkeypatch, typed: str, *arguments: str) -> str:
    monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
    out = io.StringIO()
    call_command("addtotp", "operator", *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def known_key(monkeypatch) -> TOTPDevice:
    """The next device has this key, so that its code can be typed."""
    key = "3132333435363738393031323334353637383930"  # RFC 6238, appendix B
    monkeypatch.setattr(TOTPDevice._meta.get_field("key"), "default", key)
    monkeypatch.setattr(TOTPDevice._meta.get_field("key"), "_get_default", lambda: key)
    return TOTPDevice(key=key)


def test_a_second_factor_is_set_up_used_and_taken_off(operator, monkeypatch, known_key):
    said = set_up(monkeypatch, f"000000\n{code_of(known_key)}\n")
    assert "otpauth://totp/newsdiff" in said
    assert "That is not it." in said
    recovery = [
        line.strip() for line in said.splitlines() if len(line.strip()) == 8 and line.startswith("    ")
    ]
    assert len(recovery) == 10
    client = Client(REMOTE_ADDR=HERE)
    assert log_in(client).status_code == 200
    assert log_in(client, code=recovery[0].upper()).status_code == 302
    assert is_in(client)
    again = Client(REMOTE_ADDR=HERE)
    assert log_in(again, code=recovery[0]).status_code == 200  # each good once
    assert "logs in without a code" in set_up(monkeypatch, "", "--off")
    assert log_in(Client(REMOTE_ADDR=HERE)).status_code == 302
    assert "had no second factor" in set_up(monkeypatch, "", "--off")


def test_a_key_that_no_app_took_over_locks_nobody_out(operator, monkeypatch):
    with pytest.raises(CommandError, match="nothing was changed"):
        set_up(monkeypatch, "1\nx\n²\n")
    with pytest.raises(CommandError, match="nothing was changed"):
        set_up(monkeypatch, "")
    assert not TOTPDevice.objects.exists()
    with pytest.raises(CommandError, match="no user 'nobody'"):
        call_command("addtotp", "nobody")

"""Settings come from the environment; a bad one stops the start with a sentence that says how to mend it."""

import ast
import json
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.test import Client

from articles import checks
from newsdiff.env import networks
from newsdiff.middleware import POLICY
from tests.processes import ROOT, environment

SERVER = {
    "DATABASE_URL": "postgres://u:p@db.example/n",
    "REDIS_URL": "redis://r.example/0",
    "SECRET_KEY": "0123456789" * 6,
}
PUBLIC = {"BASE_URL": "https://diff.example.org"}


def start(folder: Path, code: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
    """Starts Django with these variables and runs `code`, in a process of its own."""
    begin = "import os, django; os.environ['DJANGO_SETTINGS_MODULE'] = 'newsdiff.settings'; django.setup()\n"
    env = {name: value for name, value in environment(folder).items() if not name.startswith("NEWSDIFF_")}
    env |= {"NEWSDIFF_DATA_DIR": str(folder)} | variables
    command = [sys.executable, "-c", begin + code]
    return subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=60)


def loaded(folder: Path, *names: str, **variables: str) -> list[str]:
    """Settings, as text, that these variables lead to."""
    code = f"import json; from django.conf import settings as s\nprint(json.dumps([str(getattr(s, n)) for n in {names!r}]))"
    done = start(folder, code, **variables)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


# --- bad values -------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("DEBUG", "maybe", "1, true, yes, on, 0, false, no or off"),
        ("BASE_URL", "diff.example.org", "an address such as https://diff.example.org"),
        ("NEWSDIFF_HOST_DELAY", "-1", "a number of at least 0"),
        ("NEWSDIFF_HOST_DELAY", "nan", "a number of at least 0"),
        ("NEWSDIFF_MIN_INTERVAL", "0.5", "a number of at least 1"),
        ("NEWSDIFF_WORKERS", "0", "a whole number of at least 1"),
        ("NEWSDIFF_WORKERS", "2.5", "a whole number of at least 1"),
        ("NEWSDIFF_ALLOW_PRIVATE", "10.0.0.0/33", "networks such as 127.0.0.0/8 10.0.0.0/8"),
        ("NEWSDIFF_ALLOW_PRIVATE", "localhost", "networks such as 127.0.0.0/8 10.0.0.0/8"),
        ("LOG_LEVEL", "LOUD", "DEBUG, INFO, WARNING, ERROR or CRITICAL"),
    ],
)
def test_a_bad_value_stops_the_start_with_one_sentence(tmp_path, name, value, expected):
    done = start(tmp_path, **{name: value})
    assert done.returncode == 1
    said = done.stderr.strip().splitlines()[-1]
    assert said.startswith(f"django.core.exceptions.ImproperlyConfigured: {name}={value!r}: expected ")
    assert expected in said


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://user:hunter2@db.example/n"),
        ("DATABASE_URL", "user:hunter2@db.example"),
        ("DATABASE_URL", "postgres://user:hunter2@db.example:port/n"),
        ("REDIS_URL", "redis.example:6379"),
        ("REDIS_URL", "amqp://user:hunter2@mq.example"),
    ],
)
def test_an_address_that_cannot_be_used_is_said_without_the_password_in_it(tmp_path, name, value):
    done = start(tmp_path, **(SERVER | {name: value}))
    assert done.returncode == 1
    said = done.stderr.strip().splitlines()[-1]
    example = {
        "DATABASE_URL": "postgres://user:password@host:5432/newsdiff",
        "REDIS_URL": "redis://host:6379/0",
    }
    assert said.endswith(f"{name} cannot be used: expected an address such as {example[name]}.")
    assert "hunter2" not in done.stderr


def test_a_data_folder_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "file").write_text("in the way")
    done = start(tmp_path / "file" / "data")
    assert done.returncode == 1
    assert "NEWSDIFF_DATA_DIR" in done.stderr.strip().splitlines()[-1]


def test_blank_variables_count_as_unset(tmp_path):
    names = (
        "DEBUG",
        "BASE_URL",
        "NEWSDIFF_HOST_DELAY",
        "NEWSDIFF_WORKERS",
        "NEWSDIFF_ALLOW_PRIVATE",
        "EMBEDDED",
    )
    blank = dict.fromkeys((*names[:-1], "DATABASE_URL", "REDIS_URL", "SECRET_KEY", "ALLOWED_HOSTS"), " ")
    assert loaded(tmp_path, *names, **blank) == ["False", "http://127.0.0.1:8000", "1.0", "8", "[]", "True"]


def test_a_lone_address_is_a_network_of_one(monkeypatch):
    monkeypatch.setenv("SOME_NETWORKS", "10.1.2.3, fd00::/8 127.0.0.0/8")
    assert [str(network) for network in networks("SOME_NETWORKS")] == [
        "10.1.2.3/32",
        "fd00::/8",
        "127.0.0.0/8",
    ]


def test_the_site_answers_to_its_own_name_and_to_the_loopback(tmp_path):
    (hosts,) = loaded(tmp_path, "ALLOWED_HOSTS", **PUBLIC)
    assert hosts == "['diff.example.org', 'localhost', '127.0.0.1', '[::1]']"
    (hosts,) = loaded(tmp_path, "ALLOWED_HOSTS", ALLOWED_HOSTS="a.example, b.example", **PUBLIC)
    assert hosts == "['a.example', 'b.example', 'localhost', '127.0.0.1', '[::1]']"


def test_the_crawler_says_who_it_is_and_where_to_complain(tmp_path):
    (agent,) = loaded(tmp_path, "NEWSDIFF_USER_AGENT", BASE_URL="https://diff.example.org/")
    assert agent.startswith("newsdiff/")
    assert agent.endswith("(+https://diff.example.org/about/)")
    (agent,) = loaded(tmp_path, "NEWSDIFF_USER_AGENT", NEWSDIFF_CONTACT="mailto:desk@example.org")
    assert agent.endswith("(+mailto:desk@example.org)")


# --- the secret key ---------------------------------------------------------------------------------
def test_a_server_needs_a_secret_key_and_is_told_how_to_make_one(tmp_path):
    done = start(tmp_path, **(SERVER | {"SECRET_KEY": ""}))
    assert done.returncode == 1
    said = done.stderr.strip().splitlines()[-1]
    assert "SECRET_KEY is not set" in said
    assert "secrets.token_urlsafe" in said
    assert not (tmp_path / "secret-key").exists()


def test_options_in_the_address_of_the_database_are_added_to_those_that_free_what_was_left_locked(tmp_path):
    def options(**variables: str) -> dict[str, str | int]:
        [databases] = loaded(tmp_path, "DATABASES", **SERVER | variables)
        return ast.literal_eval(databases)["default"]["OPTIONS"]

    address = "postgres://u:p@db.example/n?options=-c%20search_path%3Dnews&connect_timeout=9"
    given, ours = options(DATABASE_URL=address), options()
    assert "-c idle_in_transaction_session_timeout=30s" in ours["options"]
    assert given["options"] == f"{ours['options']} -c search_path=news"
    assert (ours["connect_timeout"], given["connect_timeout"]) == (5, 9)


def test_embedded_a_key_is_made_once_and_readable_by_its_owner_alone(tmp_path):
    with ThreadPoolExecutor(2) as pool:  # of two first starts at once, one makes the key
        keys = set(pool.map(lambda _: loaded(tmp_path, "SECRET_KEY")[0], range(2)))
    kept = tmp_path / "secret-key"
    assert keys == {kept.read_text()}
    assert len(kept.read_text()) >= 50
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secret-key"]
    assert loaded(tmp_path, "SECRET_KEY", SECRET_KEY="given") == ["given"]


def test_the_data_folder_is_for_its_owner_alone(tmp_path):
    """Whoever reads the database has the operators' sessions."""
    folder = tmp_path / "data"
    loaded(folder, "SECRET_KEY")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


# --- checks -----------------------------------------------------------------------------------------
DEPLOYMENT = """
from django.core.checks import run_checks
print([m.id for m in run_checks(include_deployment_checks=True) if not m.is_silenced()])
"""


def test_a_server_behind_https_has_no_issue_under_deployment_checks(tmp_path):
    done = start(tmp_path, DEPLOYMENT, **SERVER, **PUBLIC)
    assert done.stdout == "[]\n", done.stdout + done.stderr
    # What is silenced would force other names of the operator's domain onto https.
    assert loaded(tmp_path, "SILENCED_SYSTEM_CHECKS") == ["['security.W005', 'security.W021']"]


def test_checks_of_a_server_on_plain_http_name_the_missing_address(tmp_path):
    assert "newsdiff.W001" in start(tmp_path, DEPLOYMENT, **SERVER).stdout
    named = start(tmp_path, DEPLOYMENT, **SERVER, NEWSDIFF_CONTACT="desk@diff.example.org")
    assert "newsdiff.W001" not in named.stdout
    assert "newsdiff.W002" not in named.stdout
    plain = start(tmp_path, DEPLOYMENT, **SERVER, BASE_URL="http://diff.example.org")
    assert "newsdiff.W002" in plain.stdout


@pytest.mark.parametrize(
    ("database", "redis", "found"),
    [
        ("", "", []),
        ("postgres://…", "redis://…", []),
        ("postgres://…", "", ["newsdiff.E001"]),
        ("", "redis://…", ["newsdiff.E002"]),
    ],
)
def test_half_a_server_is_an_error_with_a_hint(settings, database, redis, found):
    settings.DATABASE_URL, settings.REDIS_URL = database, redis
    errors = checks.server_mode(None)
    assert [error.id for error in errors] == found
    assert all(error.hint and error.is_serious() for error in errors)


@pytest.mark.parametrize(
    ("allowed", "found"),
    [
        ("", []),
        ("127.0.0.0/8 10.0.0.0/8", []),
        ("10.0.0.0/8 0.0.0.0/0", ["newsdiff.E003"]),
        ("::/0", ["newsdiff.E003"]),
    ],
)
def test_a_crawler_allowed_everywhere_is_an_error(settings, monkeypatch, allowed, found):
    monkeypatch.setenv("SOME_NETWORKS", allowed)
    settings.NEWSDIFF_ALLOW_PRIVATE = networks("SOME_NETWORKS")
    assert [error.id for error in checks.private_networks(None)] == found


@pytest.mark.parametrize(
    ("archive", "key", "found"),
    [
        ("", "", []),
        ("https://web.archive.org/save/", "", []),
        ("http://archive.example/?url=", "", []),
        ("https://web.archive.org/save", "", ["newsdiff.E006"]),
        ("web.archive.org/save/", "", ["newsdiff.E006"]),
        ("ftp://web.archive.org/save/", "", ["newsdiff.E006"]),
        ("https://me@web.archive.org/save/", "", ["newsdiff.E006"]),
        ("http://[/", "", ["newsdiff.E006"]),
        ("https://web.archive.org/save/", "access:secret", []),
        ("http://127.0.0.1:8080/save/", "access:secret", []),
        ("http://web.archive.org/save/", "access:secret", ["newsdiff.E007"]),
        ("", "access:secret", ["newsdiff.E007"]),
        ("https://web.archive.org/save/", "onlyaccess", ["newsdiff.E007"]),
        ("https://web.archive.org/save/", "access:sec ret", ["newsdiff.E007"]),
    ],
)
def test_a_web_archive_that_cannot_be_asked_is_an_error_that_does_not_tell_the_key(
    settings, archive, key, found
):
    settings.NEWSDIFF_ARCHIVE_URL, settings.NEWSDIFF_ARCHIVE_KEY = archive, key
    errors = checks.web_archive(None)
    assert [error.id for error in errors] == found
    assert all(error.hint and error.is_serious() for error in errors)
    assert not any(key in error.msg for error in errors if key)


def test_a_command_does_not_start_on_settings_with_an_error(tmp_path):
    command = [sys.executable, "manage.py", "addsource", "http://127.0.0.1:1/"]
    env = environment(tmp_path, NEWSDIFF_ALLOW_PRIVATE="0.0.0.0/0")
    done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "newsdiff.E003" in done.stderr
    assert "HINT: Name the networks" in done.stderr


# --- what every answer carries ----------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.parametrize(
    "address", ["/", "/sources/", "/about/", "/feed.rss", "/api/v1/sources", "/admin/login/", "/no-such-page"]
)
def test_every_answer_forbids_what_comes_from_elsewhere_or_stands_inline(address):
    answer = Client().get(address)
    policy = dict(part.split(" ", 1) for part in answer["Content-Security-Policy"].split("; "))
    assert answer["Content-Security-Policy"] == POLICY
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"

"""Settings, from environment variables only. docs/settings.md is the table of them."""

import secrets
import sys
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

import dj_database_url
from django.core.exceptions import ImproperlyConfigured
from whitenoise.compress import Compressor

from articles.core.scheduling import Pace
from newsdiff import env
from newsdiff.theme import UNFOLD as UNFOLD

BASE_DIR = Path(__file__).resolve().parent.parent
# Of the API's library: it is no app, which every command would load (articles/api/mount.py).
NINJA = Path(find_spec("ninja").submodule_search_locations[0])
VERSION = "0.1.0"

# How a person here calls a command: named in hints, on the first page and on the terminal.
_IN_OUR_VENV = Path(sys.prefix) == BASE_DIR / ".venv"
MANAGE = f"{'.venv/bin/python' if _IN_OUR_VENV else 'python'} manage.py"

# --- where things are kept -------------------------------------------------------------------
DATA_DIR = Path(env.text("NEWSDIFF_DATA_DIR", str(BASE_DIR / "var"))).resolve()
try:
    DATA_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)  # sessions and keys lie in it
except OSError as error:
    raise ImproperlyConfigured(
        f"NEWSDIFF_DATA_DIR: {error.strerror}: {DATA_DIR}; expected a folder that can be written to."
    ) from error

DATABASE_URL = env.service(
    "DATABASE_URL", ("postgres", "postgresql"), "postgres://user:password@host:5432/newsdiff"
)
REDIS_URL = env.service("REDIS_URL", ("redis", "rediss"), "redis://host:6379/0")
EMBEDDED = not DATABASE_URL

if EMBEDDED:
    # IMMEDIATE takes the write lock when a transaction begins, so that two writers queue up instead
    # of one failing half-way; WAL lets readers go on meanwhile.
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": DATA_DIR / "newsdiff.sqlite3",
            "CONN_MAX_AGE": None,
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
            },
            "TEST": {"NAME": DATA_DIR / "test.sqlite3"},
        }
    }
else:
    DATABASES = {"default": dj_database_url.parse(DATABASE_URL, conn_max_age=60, conn_health_checks=True)}
    given = DATABASES["default"].get("OPTIONS", {})
    DATABASES["default"]["OPTIONS"] = {
        "connect_timeout": 5,  # seconds, as all here
        # A database that went without a word is found out, …
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        **given,
        # … and so is a worker stopped or cut off in a transaction: all others pass by what it has locked.
        # Of what is said twice the latter holds, so the address may say otherwise.
        "options": "-c idle_in_transaction_session_timeout=30s -c tcp_keepalives_idle=10 "
        f"-c tcp_keepalives_interval=5 -c tcp_keepalives_count=3 {given.get('options', '')}".rstrip(),
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "pages"},
    # the contents of feed entries, some 3 KB each; what was not asked for longest makes room
    "entries": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "entries",
        "TIMEOUT": None,
        "OPTIONS": {"MAX_ENTRIES": 10_000, "CULL_FREQUENCY": 100},
    },
}


# --- who we are ------------------------------------------------------------------------------
def _secret_key() -> str:
    """SECRET_KEY; embedded, one made at the first start and kept in the data folder."""
    given = env.text("SECRET_KEY")
    if given:
        return given
    if not EMBEDDED:
        raise ImproperlyConfigured(
            "SECRET_KEY is not set. With DATABASE_URL set every process needs the same one; make it "
            'with: python -c "import secrets; print(secrets.token_urlsafe(50))"'
        )
    kept = DATA_DIR / "secret-key"
    if not kept.exists():
        fresh = DATA_DIR / f"secret-key.{secrets.token_hex(4)}"
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(50))
        try:
            kept.hardlink_to(fresh)  # atomic: of two first starts at once, one wins
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return kept.read_text().strip()


SECRET_KEY = _secret_key()
DEBUG = env.flag("DEBUG", False)
BASE_URL = env.text("BASE_URL", "http://127.0.0.1:8000").rstrip("/")
if urlsplit(BASE_URL).scheme not in ("http", "https") or not urlsplit(BASE_URL).netloc:
    raise ImproperlyConfigured(
        f"BASE_URL={BASE_URL!r}: expected an address such as https://diff.example.org."
    )
SECURE = BASE_URL.startswith("https://")
# The loopback names serve health checks; absolute addresses are made from BASE_URL, never from a Host.
ALLOWED_HOSTS = [
    *env.words("ALLOWED_HOSTS", [urlsplit(BASE_URL).hostname or ""]),
    *("localhost", "127.0.0.1", "[::1]"),
]
CSRF_TRUSTED_ORIGINS = [BASE_URL]

# --- how the crawler behaves -----------------------------------------------------------------
NEWSDIFF_CONTACT = env.text("NEWSDIFF_CONTACT", f"{BASE_URL}/about/")
NEWSDIFF_USER_AGENT = env.text("NEWSDIFF_USER_AGENT", f"newsdiff/{VERSION} (+{NEWSDIFF_CONTACT})")
NEWSDIFF_HOST_DELAY = env.number("NEWSDIFF_HOST_DELAY", 1.0)
NEWSDIFF_ALLOW_PRIVATE = env.networks("NEWSDIFF_ALLOW_PRIVATE")
NEWSDIFF_MIN_INTERVAL = env.number("NEWSDIFF_MIN_INTERVAL", 300.0, least=1.0)
NEWSDIFF_PACE = Pace(timedelta(seconds=NEWSDIFF_MIN_INTERVAL))
NEWSDIFF_WORKERS = env.whole("NEWSDIFF_WORKERS", 8, least=1)
NEWSDIFF_CLAIMS = env.whole("NEWSDIFF_CLAIMS", 32, least=1)

# --- how it is watched -----------------------------------------------------------------------
NEWSDIFF_METRICS_TOKEN = env.text("NEWSDIFF_METRICS_TOKEN")
NEWSDIFF_HEARTBEAT_URL = env.text("NEWSDIFF_HEARTBEAT_URL")

# --- a public web archive that is asked to keep versions (articles/webarchive) -------------------
NEWSDIFF_ARCHIVE_URL = env.text("NEWSDIFF_ARCHIVE_URL")
NEWSDIFF_ARCHIVE_KEY = env.text("NEWSDIFF_ARCHIVE_KEY")

# --- mail ------------------------------------------------------------------------------------
globals().update(env.mail_server("EMAIL_URL"))
EMAIL_TIMEOUT = 20
NEWSDIFF_MAIL_FROM = env.text("NEWSDIFF_MAIL_FROM", f"newsdiff@{urlsplit(BASE_URL).hostname}")
DEFAULT_FROM_EMAIL = SERVER_EMAIL = NEWSDIFF_MAIL_FROM
NEWSDIFF_DIGEST_TO = env.addresses("NEWSDIFF_DIGEST_TO")
NEWSDIFF_DIGEST_HOUR = env.whole("NEWSDIFF_DIGEST_HOUR", 6, most=23)

# --- who asks, and how often (articles/visitors.py, limits.py) ---------------------------------
# TLS ends in a proxy, so with an https address there is one.
NEWSDIFF_PROXIES = env.whole("NEWSDIFF_PROXIES", 1 if SECURE else 0)
NEWSDIFF_RATE_PAGES = env.whole("NEWSDIFF_RATE_PAGES", 240)
NEWSDIFF_RATE_API = env.whole("NEWSDIFF_RATE_API", 600)
NEWSDIFF_RATE_SEARCH = env.whole("NEWSDIFF_RATE_SEARCH", 60)
NEWSDIFF_RATE_FOLLOW = env.whole("NEWSDIFF_RATE_FOLLOW", 6)
NEWSDIFF_RATE_LOGIN = env.whole("NEWSDIFF_RATE_LOGIN", 20)

# --- Celery: see newsdiff/celery.py for why it looks like this ---------------------------------
CELERY_BROKER_URL = REDIS_URL or "memory://"
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {
        "visibility_timeout": 120,
        "socket_timeout": 5,
        "socket_connect_timeout": 2,
        "retry_on_timeout": True,
        "health_check_interval": 5,
    }
    if REDIS_URL
    else {}
)
# Long, for workers judge it by their own clocks: rings that piled up while no worker ran end at once.
CELERY_BEAT_SCHEDULE = {
    "dispatch": {"task": "articles.dispatch", "schedule": 1.0, "options": {"expires": 7200}},
}
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "beat-schedule")

# --- Django ----------------------------------------------------------------------------------
INSTALLED_APPS = [
    "articles",
    "unfold.apps.BasicAppConfig",  # before the admin, whose templates it replaces; the site is ours
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "unfold.contrib.import_export",
    "newsdiff.apps.OperatorConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "auditlog",
    "import_export",
]
MIDDLEWARE = [
    "newsdiff.middleware.security_headers",
    "newsdiff.middleware.cookies_for_operators_only",
    "django.middleware.security.SecurityMiddleware",
    "newsdiff.middleware.small_requests",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.middleware.http.ConditionalGetMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "articles.trail.in_the_admin",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",  # the last: it answers in place of a view that a lock was found in
]
ROOT_URLCONF = "newsdiff.urls"
WSGI_APPLICATION = "newsdiff.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates", NINJA / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",  # the first: who is locked out is not even asked for a password
    "django.contrib.auth.backends.ModelBackend",
]
# By name and address together: by the name alone anybody could lock the operator out from anywhere.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_ON_SUCCESS = True
AXES_CLIENT_IP_CALLABLE = "articles.visitors.counted_as"
AXES_LOCKOUT_CALLABLE = "newsdiff.operators.locked"
# Not kept of a failed attempt: a recovery code is good until it is used.
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "code"]
AXES_DISABLE_ACCESS_LOG = True  # who was in stands in the log; no table of addresses grows for ever
OTP_TOTP_ISSUER = f"newsdiff {urlsplit(BASE_URL).hostname}"
OTP_ADMIN_HIDE_SENSITIVE_DATA = True  # keys and recovery codes are shown once, by `addtotp`
AUDITLOG_DISABLE_REMOTE_ADDR = True  # who did what, not from where (articles/trail.py)
AUDITLOG_USE_FK_STRING_REPRESENTATION = True
LANGUAGE_CODE = "en"
USE_TZ = True
TIME_ZONE = "UTC"
FORMAT_MODULE_PATH = ["newsdiff.formats"]

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "newsdiff.finders.DocumentationFinder",
]
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = (*Compressor.SKIP_COMPRESS_EXTENSIONS, "map")  # which nobody is sent
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
if EMBEDDED:  # nobody runs collectstatic on a laptop: serve the files as they lie
    WHITENOISE_USE_FINDERS = True
    STATIC_ROOT = None
    STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SECURE_SSL_REDIRECT = SECURE
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE else None
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
# Other names of the domain are not ours to force onto https.
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = False
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_AGE = 14 * 24 * 3600
CSRF_COOKIE_SAMESITE = SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_PATH = CSRF_COOKIE_PATH = "/admin/"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True  # our scripts need neither

LOG_LEVEL = env.choice("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"))
LOG_FORMAT = env.choice("LOG_FORMAT", "LINE", ("LINE", "JSON"))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"LINE": {"()": "articles.logs.Line"}, "JSON": {"()": "articles.logs.Json"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        # These say at INFO what our own lines say better.
        "httpx2": {"level": "WARNING"},
        "httpcore2": {"level": "WARNING"},
        "trafilatura": {"level": "CRITICAL"},
        "htmldate": {"level": "CRITICAL"},
        "celery.app.trace": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.beat": {"level": "WARNING"},
        "axes.apps": {"level": "WARNING"},
        "pyvips": {"level": "WARNING"},
        "apprise": {"propagate": False},  # what it says of a message stands in that message's line of the log
    },
}

"""All settings of the site, read from the environment.

docs/settings.md explains every variable. Without any of them the site is safe on a
laptop: debugging off, a secret key of its own, local hosts only, SQLite.
"""

import logging
from pathlib import Path
from typing import Any

import environ
from csp.constants import NONE, SELF

from digitsite.days import parse_days
from digitsite.monitoring.logs import JSON, logging_config
from digitsite.monitoring.tokens import require_token
from digitsite.rates import parse_rate
from digitsite.secret_key import read_or_make_secret_key
from digitsite.storages import parse_storage

env = environ.Env()

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"

# Security

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="") or read_or_make_secret_key(
    VAR_DIR / "secret_key"
)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])

DIGITS_HTTPS = env.bool("DIGITS_HTTPS", default=False)
SECURE_SSL_REDIRECT = DIGITS_HTTPS
SESSION_COOKIE_SECURE = DIGITS_HTTPS
CSRF_COOKIE_SECURE = DIGITS_HTTPS
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if DIGITS_HTTPS else 0
# Without a proxy of ours in front, anybody could send the header.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if DIGITS_HTTPS else None
# HSTS for sub-domains and browsers' preload lists would bind hosts that are not
# ours to decide about.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}

# Application

ROOT_URLCONF = "digitsite.urls"
WSGI_APPLICATION = "digitsite.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "csp",
    "rest_framework",
    "knox",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_tasks_db",
    "digitsite.monitoring",
    "recognizer",
]

MIDDLEWARE = [
    "digitsite.middleware.HealthMiddleware",
    # Then this, so that every line of the log and every answer has it.
    "digitsite.monitoring.request_ids.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "digitsite.middleware.OnePolicyMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "digitsite.middleware.SlashMiddleware",
    # Before anything that may read the body.
    "digitsite.middleware.BodyLimitMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    # Before anything looks for a CSRF token in a batch.
    "digitsite.middleware.LimitsMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "digitsite.middleware.SignInMiddleware",
    "digitsite.middleware.OutageMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# Accounts

AUTH_USER_MODEL = "recognizer.User"
# Whether visitors may make themselves an account, and use the site without one.
DIGITS_SIGNUP = env.bool("DIGITS_SIGNUP", default=True)
DIGITS_ANONYMOUS = env.bool("DIGITS_ANONYMOUS", default=True)
# Whether pictures may teach models of people who have said nothing of it.
DIGITS_TRAIN_CONSENT = env.bool("DIGITS_TRAIN_CONSENT", default=True)
AUTHENTICATION_BACKENDS = ["recognizer.backends.LimitedBackend"]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "web:history"
LOGOUT_REDIRECT_URL = "web:draw"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

# Tokens of the API. The prefix lets scanners of repositories know a leaked one.
KNOX_TOKEN_MODEL = "recognizer.ApiToken"  # noqa: S105  (a model, no password)
REST_KNOX = {"TOKEN_PREFIX": "digits_"}
# Its own model is replaced by ours; its migrations would make a table all the same.
MIGRATION_MODULES = {"knox": None}

# Language and time

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_TZ = True

# Database


def _database() -> dict[str, Any]:
    if "DATABASE_URL" in env:
        database: dict[str, Any] = env.db_url("DATABASE_URL")
    else:
        VAR_DIR.mkdir(exist_ok=True)
        database = {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": VAR_DIR / "db.sqlite3",
        }
    if database["ENGINE"] == "django.db.backends.sqlite3":
        database["OPTIONS"] = SQLITE_OPTIONS | database.get("OPTIONS", {})
    if database["ENGINE"] == "django.db.backends.postgresql":
        # Unsaid, a server that is gone from the network is waited for for minutes.
        database["OPTIONS"] = {"connect_timeout": 5} | database.get("OPTIONS", {})
    # A new connection for each request would cost more than its queries.
    return {"CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True} | database


# So that web workers and a task worker live together on one file: readers never
# wait, and a writer takes its turn at the start, where waiting is still possible.
SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,  # s
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
}
DATABASES = {"default": _database()}

# Files

STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
# There is no MEDIA_URL: pictures are served by views, to those who may see them.
MEDIA_ROOT = env.path("MEDIA_ROOT", default=BASE_DIR / "media")
FILE_UPLOAD_PERMISSIONS = 0o600
# A bucket that speaks S3, for many machines; then nothing is kept in MEDIA_ROOT.
DIGITS_STORAGE = env.str("DIGITS_STORAGE", default="")
AWS_REGION = env.str("AWS_REGION", default="") or None
STORAGES = {
    "default": parse_storage(DIGITS_STORAGE, region=AWS_REGION),
    "staticfiles": {"BACKEND": "digitsite.static_files.StaticFiles"},
}
if DIGITS_STORAGE:
    # Of models that are trained here; MODELS_ROOT is a cache of it then.
    STORAGES["models"] = parse_storage(
        f"{DIGITS_STORAGE.rstrip('/')}/models", region=AWS_REGION
    )

# How long predictions are kept, for `manage.py purge`; None: for ever.
DIGITS_KEEP_DAYS = parse_days(
    env.str("DIGITS_KEEP_DAYS", default="off"), name="DIGITS_KEEP_DAYS"
)

# Uploads

MAX_IMAGE_MB = 25
MAX_IMAGE_BYTES = MAX_IMAGE_MB * 1024 * 1024
# Base64 in JSON needs four bytes for three, and the rest of the form needs some.
MAX_BODY_BYTES = MAX_IMAGE_BYTES * 4 // 3 + 64 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = MAX_BODY_BYTES
FILE_UPLOAD_MAX_MEMORY_SIZE = MAX_BODY_BYTES
# As many as one request may bring, and one more, which is told so in words.
DATA_UPLOAD_MAX_NUMBER_FILES = 65
# Batches: many files in one request, which goes to a temporary file and not to memory.
MAX_BATCH_MB = 250
# A form says some hundred bytes of each file besides.
MAX_BATCH_BODY_BYTES = MAX_BATCH_MB * 1024 * 1024 + 4 * 1024 * 1024
MAX_BATCH_FILES = 5000
# Of all files of a batch, unpacked.
MAX_BATCH_BYTES = 2 * 1024**3
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]

# Recognition

DIGITS_BACKEND = env.str("DIGITS_BACKEND", default="litert")
# Of models trained here; the shipped one is in ml/weights.
MODELS_ROOT = env.path("MODELS_ROOT", default=VAR_DIR / "models")
MNIST_DIR = env.str("MNIST_DIR", default="")

# Limits: who may ask how often. Generous, since a whole class shares one address; what
# a minute allows may come at once.

DIGITS_THROTTLE = env.bool("DIGITS_THROTTLE", default=True)
DIGITS_RATE_ANONYMOUS = parse_rate(
    env.str("DIGITS_RATE_ANONYMOUS", default="600/min"), name="DIGITS_RATE_ANONYMOUS"
)
DIGITS_RATE_USER = parse_rate(
    env.str("DIGITS_RATE_USER", default="3000/min"), name="DIGITS_RATE_USER"
)
# The page asks when a hand pauses, and twice a second while it does not. 30 pupils who
# draw a digit every three seconds, which takes them one, ask 20 times a second.
DIGITS_RATE_PREVIEW = parse_rate(
    env.str("DIGITS_RATE_PREVIEW", default="3000/min"), name="DIGITS_RATE_PREVIEW"
)
DIGITS_RATE_LOGIN = parse_rate(
    env.str("DIGITS_RATE_LOGIN", default="10/min"), name="DIGITS_RATE_LOGIN"
)
# How many proxies of ours each request comes through. Behind HTTPS there is one.
DIGITS_PROXIES = env.int("DIGITS_PROXIES", default=1 if DIGITS_HTTPS else 0)

# Background work: waits in the database, or in Redis for workers on many machines.

REDIS_URL = env.str("REDIS_URL", default="")
QUEUES = ["default", "training"]
TASKS: dict[str, Any] = {
    "default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": QUEUES}
}
if REDIS_URL:
    TASKS["default"] |= {
        "BACKEND": "recognizer.redis_queue.backend.RedisBackend",
        "OPTIONS": {"url": REDIS_URL},
    }
    # Nothing of ours is cached; what is installed besides may be, for all machines.
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": REDIS_URL,
            "KEY_PREFIX": "digitsite",
            "OPTIONS": {
                # Django's own are pickles, which run whatever they say.
                "serializer": "django.core.signing.JSONSerializer",
                "socket_connect_timeout": 2,  # s
                "socket_timeout": 2,  # s
            },
        }
    }
    # django-tasks-rq looks queues up here; JSON, as pickles run whatever they say.
    RQ_QUEUES = {
        name: {"URL": REDIS_URL, "SERIALIZER": "rq.serializers.JSONSerializer"}
        for name in QUEUES
    }

# Webhooks

# Users name the addresses: with this off, none inside our own network is called.
DIGITS_WEBHOOK_PRIVATE = env.bool("DIGITS_WEBHOOK_PRIVATE", default=False)

# API

REST_FRAMEWORK = {
    # The first one's header is what a 401 asks for.
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "recognizer.api.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.AllowAny"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": [
        "rest_framework.parsers.MultiPartParser",
        "recognizer.api.parsers.JSONParser",
    ],
    "DEFAULT_THROTTLE_CLASSES": ["recognizer.api.throttling.AllowanceThrottle"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "recognizer.api.errors.exception_handler",
}

SPECTACULAR_SETTINGS = {
    "TITLE": "Digitsite",
    "DESCRIPTION": "Reads handwritten digits from drawings, photos and scans.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "recognizer.api.documentation.bodies.require_bodies",
        "recognizer.api.documentation.schema.add_password_body",
        "recognizer.api.documentation.usual.add_usual_errors",
    ],
    "ENUM_NAME_OVERRIDES": {
        "SourceEnum": "recognizer.models.Source",
        "TakenSourceEnum": "recognizer.api.serializers.TAKEN_SOURCES",
        "ReviewEnum": "recognizer.models.Review",
        "LabelEnum": "recognizer.api.digits.LABEL_CHOICES",
        "WebhookEventEnum": "recognizer.models.WebhookEvent",
    },
}

# Logging: lines on stderr, where systemd, Docker and terminals pick them up.

DIGITS_LOG = env.str("DIGITS_LOG", default="lines")
LOGGING = logging_config(DIGITS_LOG)
if DIGITS_LOG == JSON:
    MIDDLEWARE.insert(2, "digitsite.monitoring.json_lines.RequestLogMiddleware")
    # Those of Python would be lines of another form.
    logging.captureWarnings(capture=True)

# Figures for Prometheus

DIGITS_METRICS = env.bool("DIGITS_METRICS", default=False)
DIGITS_METRICS_TOKEN = env.str("DIGITS_METRICS_TOKEN", default="")
if DIGITS_METRICS:
    require_token(DIGITS_METRICS_TOKEN)
    # Before the log: to be asked for them every few seconds is not worth a line.
    MIDDLEWARE.insert(1, "digitsite.monitoring.metrics.MetricsMiddleware")

# Traces: where OpenTelemetry's own variable says where to, they are wanted.

DIGITS_TRACES = env.bool(
    "DIGITS_TRACES", default=bool(env.str("OTEL_EXPORTER_OTLP_ENDPOINT", default=""))
)

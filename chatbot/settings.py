"""Django settings, all from the environment; docs/configuration.md explains each variable."""

import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django_stubs_ext
from django.core.exceptions import ImproperlyConfigured

from accounts.networks import parse_networks
from chatbot.admin_theme import UNFOLD  # noqa: F401  Django finds settings by their names
from chatbot.databases import database_from_url
from chatbot.environment import Environment
from chatbot.identity_provider import single_sign_on
from chatbot.log_fields import process_name
from chatbot.mail import mail_settings_from_url
from chatbot.secret_key import load_or_create_secret_key

# Lets `ModelAdmin[Site]` and its kind run as well as type-check.
django_stubs_ext.monkeypatch()

env = Environment()

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env.text("DATA_DIR", str(BASE_DIR / "data"))).resolve()
MODELS_DIR = DATA_DIR / "models"

DEBUG = env.flag("DEBUG")
HOST = env.text("HOST", "127.0.0.1")
PORT = env.whole("PORT", 8000, low=1, high=65535)
PUBLIC_URL = env.text("PUBLIC_URL", f"http://127.0.0.1:{PORT}").rstrip("/")
if urlsplit(PUBLIC_URL).scheme not in ("http", "https") or not urlsplit(PUBLIC_URL).hostname:
    raise ImproperlyConfigured("PUBLIC_URL must look like https://chat.example.com.")
HTTPS = PUBLIC_URL.startswith("https://")

SECRET_KEY = env.secret("SECRET_KEY")
SECRET_KEY_GENERATED = not SECRET_KEY
SECRET_KEY = SECRET_KEY or load_or_create_secret_key(DATA_DIR)
ALLOWED_HOSTS = env.items("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]")
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if HTTPS else []
TRUST_PROXY_HEADERS = env.flag("TRUST_PROXY_HEADERS")
try:
    TRUSTED_PROXIES = parse_networks(env.items("TRUSTED_PROXIES", "127.0.0.0/8,::1"))
except ValueError as error:
    raise ImproperlyConfigured(f"TRUSTED_PROXIES must hold addresses and networks: {error}.") from error
if TRUST_PROXY_HEADERS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

INSTALLED_APPS = [
    "daphne",
    "unfold.apps.BasicAppConfig",
    "accounts.apps.ParleyAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "channels",
    "accounts",
    "inference",
    "chatbot",
    "chatbot.privacy",
    "chatbot.prompts",
    "chatbot.knowledge",
    "chatbot.conversations",
    "chatbot.widget",
    "chatbot.operators",
    "chatbot.analytics",
    "chatbot.workshop",
    "chatbot.monitoring",
]

MIDDLEWARE = [
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "chatbot.security_headers.SecurityHeadersMiddleware",
    "chatbot.outages.OutageMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "chatbot.urls"
ASGI_APPLICATION = "chatbot.asgi.application"

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
    }
]

DATABASE_POOL_SIZE = env.whole("DATABASE_POOL_SIZE", 10, low=1, high=1000)
DATABASES = {"default": database_from_url(env.secret("DATABASE_URL"), DATA_DIR, DATABASE_POOL_SIZE)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.secret("REDIS_URL")
if REDIS_URL and urlsplit(REDIS_URL).scheme not in ("redis", "rediss", "unix"):
    raise ImproperlyConfigured("REDIS_URL must begin with redis://, rediss:// or unix://.")
CHANNEL_LAYERS: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "chatbot.conversations.redis_bus.RedisLayer",
        "CONFIG": {"url": REDIS_URL},
    }
    if REDIS_URL
    else {"BACKEND": "chatbot.conversations.bus.InProcessLayer"}
}
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 10_000}}
}

AUTH_USER_MODEL = "accounts.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
OWNER_NAME = env.text("OWNER_NAME", "owner")
OWNER_PASSWORD = env.secret("OWNER_PASSWORD")
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"

AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
ACCOUNT_ADAPTER = "accounts.account_adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_LOGOUT_REDIRECT_URL = "admin:login"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
# It hangs on the person's own address; allauth's keeps a table of addresses, which are not ours to keep.
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "django.contrib.auth.tokens.PasswordResetTokenGenerator"
ACCOUNT_FORMS = {
    "login": "accounts.sign_in.SignInForm",
    "reset_password": "accounts.password_reset.PasswordResetForm",
}
# Attempts are counted in the database, see accounts/attempts.py.
ACCOUNT_RATE_LIMITS = MFA_RATE_LIMITS = False
MFA_ADAPTER = "accounts.factor_adapter.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Parley"
# A clock may be half a minute wrong; accounts/second_factors.py refuses a code that was used all the same.
MFA_TOTP_TOLERANCE = 1
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_FORMS = {
    "authenticate": "accounts.second_factors.CodeForm",
    "reauthenticate": "accounts.second_factors.ConfirmingCodeForm",
    "activate_totp": "accounts.second_factors.ActivationForm",
}
OIDC_NAME, SOCIALACCOUNT_PROVIDERS = single_sign_on(
    env.text("OIDC_ISSUER_URL"),
    env.text("OIDC_CLIENT_ID"),
    env.secret("OIDC_CLIENT_SECRET"),
    env.text("OIDC_NAME", "single sign-on"),
)
SOCIALACCOUNT_ADAPTER = "accounts.single_sign_on.SingleSignOnAdapter"
SOCIALACCOUNT_LOGIN_ON_GET = True

SIGN_IN_FAILURES = env.whole("SIGN_IN_FAILURES", 10, low=1, high=1_000_000)
SIGN_IN_FAILURES_PER_NETWORK = env.whole("SIGN_IN_FAILURES_PER_NETWORK", 50, low=1, high=1_000_000)
SIGN_IN_FAILURE_MINUTES = env.whole("SIGN_IN_FAILURE_MINUTES", 15, low=1, high=1440)
INVITATION_DAYS = env.whole("INVITATION_DAYS", 7, low=1, high=365)

EMAIL_URL = env.secret("EMAIL_URL")
globals().update(mail_settings_from_url(EMAIL_URL))
DEFAULT_FROM_EMAIL = env.text("EMAIL_FROM", f"parley@{urlsplit(PUBLIC_URL).hostname}")
EMAIL_TIMEOUT = 10

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_NAME = "__Host-sessionid" if HTTPS else "sessionid"
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^health/", r"^metrics$"]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
WEB_PROCESSES = env.whole("WEB_PROCESSES", 1, low=1, high=1000)
METRICS_TOKEN = env.secret("METRICS_TOKEN")
WORKER_METRICS_HOST = env.text("WORKER_METRICS_HOST", "127.0.0.1")
WORKER_METRICS_PORT = env.whole("WORKER_METRICS_PORT", 8009, high=65535)

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
LOCALE_PATHS = [BASE_DIR / "locale", BASE_DIR / "locale" / "unfold"]
TIME_ZONE = env.text("TIME_ZONE", "UTC")
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "chatbot.static_files.StaticFiles"},
}

INFERENCE_HOST = env.text("INFERENCE_HOST", "127.0.0.1")
INFERENCE_PORT = env.whole("INFERENCE_PORT", 8001, low=1, high=65535)
INFERENCE_URLS = env.items("INFERENCE_URLS", f"http://{INFERENCE_HOST}:{INFERENCE_PORT}/v1")
for url in INFERENCE_URLS:
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        raise ImproperlyConfigured(
            f"INFERENCE_URLS must hold addresses like http://127.0.0.1:8001/v1, not “{url}”."
        )
INFERENCE_API_KEY = env.secret("INFERENCE_API_KEY")
INFERENCE_MODEL = env.text("INFERENCE_MODEL")
INFERENCE_ENCODERS = env.items("INFERENCE_ENCODERS")
INFERENCE_RERANKER = env.text("INFERENCE_RERANKER")
INFERENCE_THREADS = env.whole("INFERENCE_THREADS", 0, high=1024)
INFERENCE_SPIN_MICROSECONDS = env.whole("INFERENCE_SPIN_MICROSECONDS", 50, high=1_000_000)
INFERENCE_PRECISIONS = ("auto", "fp32", "fp16", "bf16", "int8", "int4")
INFERENCE_PRECISION = env.choice("INFERENCE_PRECISION", "auto", INFERENCE_PRECISIONS)
INFERENCE_MAX_BATCH = env.whole("INFERENCE_MAX_BATCH", 16, low=1, high=4096)
INFERENCE_MAX_WAITING = env.whole("INFERENCE_MAX_WAITING", 64, low=0, high=100_000)
INFERENCE_CACHE_GIB = env.number("INFERENCE_CACHE_GIB", 0.0, low=0.0, high=65_536.0)
INFERENCE_SPECULATION = env.flag("INFERENCE_SPECULATION", True)
INFERENCE_REQUEST_SECONDS = env.whole("INFERENCE_REQUEST_SECONDS", 300, low=1, high=86_400)
INFERENCE_STALL_SECONDS = env.whole("INFERENCE_STALL_SECONDS", 20, low=1, high=3600)

REPLY_MAX_TOKENS = env.whole("REPLY_MAX_TOKENS", 400, low=1, high=32_768)
REPLY_CONTEXT_TOKENS = env.whole("REPLY_CONTEXT_TOKENS", 0, high=10_000_000)
REPLY_TEMPERATURE = env.number("REPLY_TEMPERATURE", 0.3, low=0, high=2)
REPLY_FREQUENCY_PENALTY = env.number("REPLY_FREQUENCY_PENALTY", 0.4, low=-2, high=2)
# As many as the model servers write at once, unless it is set.
REPLY_CONCURRENCY = env.whole("REPLY_CONCURRENCY", 0, high=10_000) or INFERENCE_MAX_BATCH * len(
    INFERENCE_URLS
)
REPLY_PATIENCE_SECONDS = env.whole("REPLY_PATIENCE_SECONDS", 20, low=1, high=3600)
REPLY_STALL_SECONDS = env.number("REPLY_STALL_SECONDS", 4.0, low=0.1, high=3600)
REPLY_QUEUE_LIMIT = env.whole("REPLY_QUEUE_LIMIT", 200, low=1, high=100_000)
ASSISTANCE_CONCURRENCY = env.whole("ASSISTANCE_CONCURRENCY", 2, low=1, high=1000)
KNOWLEDGE_MEMORY_MB = env.whole("KNOWLEDGE_MEMORY_MB", 1000, low=1, high=1_000_000)
MESSAGE_MAX_CHARACTERS = env.whole("MESSAGE_MAX_CHARACTERS", 4000, low=1, high=16_000)
SOCKET_MESSAGES_A_MINUTE = env.whole("SOCKET_MESSAGES_A_MINUTE", 100, low=1, high=1_000_000)
SOCKETS_PER_VISITOR = env.whole("SOCKETS_PER_VISITOR", 20, low=1, high=1_000_000)
SOCKETS_PER_NETWORK = env.whole("SOCKETS_PER_NETWORK", 200, low=1, high=1_000_000)
NEW_VISITORS_A_MINUTE = env.whole("NEW_VISITORS_A_MINUTE", 60, low=1, high=1_000_000)
TICKETS_A_MINUTE = env.whole("TICKETS_A_MINUTE", 600, low=1, high=1_000_000)
API_REQUESTS_A_MINUTE = env.whole("API_REQUESTS_A_MINUTE", 600, low=1, high=1_000_000)
API_FAILURES_A_MINUTE = env.whole("API_FAILURES_A_MINUTE", 30, low=1, high=1_000_000)
WEBHOOK_ALLOWED_NETWORKS = env.networks("WEBHOOK_ALLOWED_NETWORKS")
KNOWLEDGE_ALLOWED_NETWORKS = env.networks("KNOWLEDGE_ALLOWED_NETWORKS")
DRAIN_SECONDS = env.whole("DRAIN_SECONDS", 30, high=3600)

# Drafts of labelled files, and what training runs work with while they are at it.
LABELLING_DIR = DATA_DIR / "labelling"
TRAINING_THREADS = env.whole("TRAINING_THREADS", 0, high=1024)
TRAINING_PRIORITY = env.choice("TRAINING_PRIORITY", "idle", ("idle", "low"))
# Jobs of the workshop: their checkpoints, and what they make until it is registered.
WORKSHOP_DIR = DATA_DIR / "workshop"
EXPORT_DAYS = env.whole("EXPORT_DAYS", 7, low=1, high=3650)

KNOWLEDGE_DIR = DATA_DIR / "knowledge"
KNOWLEDGE_FILE_MIB = env.whole("KNOWLEDGE_FILE_MIB", 20, low=1, high=1024)
FILE_UPLOAD_HANDLERS = [
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "chatbot.knowledge.upload_limit.LimitedUploadHandler",
]

QUEUE_DIR = DATA_DIR / "queue"
CELERY_BROKER_URL = env.secret("CELERY_BROKER_URL", REDIS_URL or "filesystem://localhost")

LOG_LEVEL = env.choice("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR"))
LOG_FORMAT = env.choice("LOG_FORMAT", "line", ("line", "json"))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "chatbot.log_fields.LineFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s: %(message)s",
        },
        "json": {"()": "chatbot.log_fields.JsonFormatter", "process": process_name(sys.argv)},
    },
    "filters": {
        "not a probe": {"()": "chatbot.monitoring.probe_log.NotAProbe"},
        "fields": {"()": "chatbot.log_fields.AddFields"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": LOG_FORMAT,
            "filters": ["not a probe", "fields"],
        }
    },
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        # They log one line per request or frame at INFO, with addresses and paths that nobody asked for.
        **{name: {"level": "WARNING"} for name in ("httpx", "httpx2", "daphne")},
        # It logs every attempt to connect; those who wait for a connection log that they got none.
        "psycopg.pool": {"level": "ERROR"},
    },
}

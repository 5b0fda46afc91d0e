"""All settings, read from the environment; .env.example lists them with their meaning.

Without DEBUG nothing has an unsafe default: a missing value stops the start with a
sentence that says what to set.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

from promoter.lib import crash_reports, env, mail_providers

BASE_DIR = Path(__file__).resolve().parent.parent
env.read_file(Path(env.text("ENV_FILE", str(BASE_DIR / ".env"))))

DEBUG = env.flag("DEBUG")
DATA_DIR = Path(env.text("DATA_DIR", str(BASE_DIR / "var"))).resolve()

if DEBUG:
    SECRET_KEY = env.text("SECRET_KEY", "not-secret-because-debug-is-on")
    SITE_URL = env.text("SITE_URL", "http://127.0.0.1:8000").rstrip("/")
else:
    SECRET_KEY = env.required(
        "SECRET_KEY",
        "Set it to a long random text, for example the output of "
        "`openssl rand -base64 48`; keep it, links in sent mail depend on it.",
    )
    SITE_URL = env.required(
        "SITE_URL",
        "Set it to the address people open, for example https://nps.example.com.",
    ).rstrip("/")

# Older keys whose signed links (in mail already sent) still open.
SECRET_KEY_FALLBACKS = env.words("SECRET_KEY_FALLBACKS")
# Hashes addresses in suppressions and throttles. Rotate SECRET_KEY freely, but keep this
# one: under another key nobody who unsubscribed would be found again.
ADDRESS_KEY = env.text("ADDRESS_KEY") or SECRET_KEY

_site = urlsplit(SITE_URL)
if _site.scheme not in {"http", "https"} or not _site.hostname:
    raise ImproperlyConfigured(
        f"SITE_URL is {SITE_URL!r}: it must start with http:// or https://."
    )
HTTPS = _site.scheme == "https"
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", _site.hostname)
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS", f"{_site.scheme}://{_site.netloc}")
LOG_LEVEL = env.choice("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR"))
LOG_FORMAT = env.choice("LOG_FORMAT", "LINE", ("LINE", "JSON"))

# --- Applications -----------------------------------------------------------

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_celery_beat",
    "django_htmx",
    "rest_framework",
    # Before ours, which takes some of its pages out of the admin.
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "promoter.accounts",
    "promoter.webhooks",
    "contacts",
    "campaigns",
    "surveys",
    "segment_ingest",
    "promoter.operations",
]

MIDDLEWARE = [
    "promoter.lib.headers.AnswerHeadersMiddleware",
    "promoter.lib.headers.ContentSecurityPolicyMiddleware",
    "promoter.operations.health.HealthMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "promoter.accounts.language.LanguageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "promoter.urls"
WSGI_APPLICATION = "promoter.wsgi.application"
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
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "django.contrib.humanize.templatetags.humanize",
                "promoter.lib.templatetags.ui",
            ],
        },
    },
]

# Where `make run` keeps caught mail; set only there, and only then does /mail/ exist.
MAIL_CATCHER_DIR = env.text("MAIL_CATCHER_DIR")
if MAIL_CATCHER_DIR:
    INSTALLED_APPS.append("promoter.local")

# --- Database ---------------------------------------------------------------

DATABASE_URL = env.text("DATABASE_URL", f"sqlite:///{DATA_DIR / 'promoter.sqlite3'}")
_DATABASE_URL_SHAPE = (
    "DATABASE_URL must start with postgresql:// or sqlite:///, for example "
    "postgresql://user:password@db.example.com:5432/promoter. In a password write # as "
    "%23, / as %2F and ? as %3F."
)
try:
    _database = dj_database_url.parse(
        DATABASE_URL, conn_max_age=600, conn_health_checks=True
    )
except ValueError:
    # Without its cause: it may quote the password.
    raise ImproperlyConfigured(_DATABASE_URL_SHAPE) from None
DATABASES = {"default": _database}
_database.setdefault("OPTIONS", {})
if _database["ENGINE"] == "django.db.backends.sqlite3":
    # With fewer slashes it is kept in memory, each process its own, or lies where a process
    # happens to be started.
    if not Path(_database["NAME"]).is_absolute():
        raise ImproperlyConfigured(
            f"DATABASE_URL is {DATABASE_URL!r}: write four slashes before the file's path, "
            "for example sqlite:////var/lib/promoter/promoter.sqlite3."
        )
    # IMMEDIATE: a transaction that reads before it writes can't fail with "database is
    # locked". FULL: an event answered 200 outlives a power cut, not only a crash.
    # secure_delete: of a person who is erased nothing stays in the file's free pages.
    _database["OPTIONS"] |= {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
        "PRAGMA secure_delete=ON;",
    }
    # A file, not memory: workers in the tests are processes of their own.
    _database["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}
elif _database["ENGINE"] == "django.db.backends.postgresql":
    _database["ENGINE"] = "promoter.lib.postgresql"
    if not (_database.get("NAME") or "service" in _database["OPTIONS"]):
        raise ImproperlyConfigured(f"DATABASE_URL names no database. {_DATABASE_URL_SHAPE}")
    # Segment gives up on a call after 5 s: rather a 503 in time than a late answer.
    _database["OPTIONS"].setdefault(
        "options",
        "-c statement_timeout=15000 -c lock_timeout=3000"
        " -c idle_in_transaction_session_timeout=30000",
    )
    # Only what asks for it is prepared (promoter.lib.prepared).
    _database["OPTIONS"].setdefault("prepare_threshold", 1)
    # A host that swallows packets must not hold a thread for minutes.
    _database["OPTIONS"].setdefault("connect_timeout", 3)
else:
    raise ImproperlyConfigured(_DATABASE_URL_SHAPE)
# Covering indexes are for PostgreSQL; SQLite leaves the extra columns out, to no harm.
# HSTS for subdomains and preloading (W005, W021) bind hosts that are not ours: opt-in.
SILENCED_SYSTEM_CHECKS = ["models.W040", "security.W005", "security.W021"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- People -----------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "dashboard"
LOGOUT_REDIRECT_URL = "sign-in"
# For who ticks "keep me signed in"; else until the browser is closed.
SESSION_COOKIE_AGE = 30 * 24 * 3600
PASSWORD_RESET_TIMEOUT = 24 * 3600
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

# Whether anybody may sign up and open an account of their own; else people come by
# invitation, and accounts by `manage.py create_account`.
SIGN_UP_OPEN = env.flag("SIGN_UP_OPEN")
ACCOUNT_ADAPTER = "promoter.accounts.adapters.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_FORMS = {
    name: f"promoter.accounts.forms.{form}"
    for name, form in {
        "login": "SignInForm",
        "signup": "SignUpForm",
        "reset_password": "ForgottenForm",
        "reset_password_from_key": "ResetForm",
        "change_password": "ChangePasswordForm",
        "set_password": "SetPasswordForm",
        "add_email": "ChangeEmailForm",
        "reauthenticate": "PasswordAgainForm",
    }.items()
}
# Beside allauth's own: a person in a hurry waits a minute for the next mail, not three.
ACCOUNT_RATE_LIMITS = {"confirm_email": "1/60s/key", "open_account": "10/h/user"}
MFA_ADAPTER = "promoter.accounts.adapters.TwoFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Promoter"
# A phone's clock may be half a minute off, as RFC 6238 advises to allow.
MFA_TOTP_TOLERANCE = 1
MFA_FORMS = {
    name: f"promoter.accounts.forms.{form}"
    for name, form in {
        "authenticate": "CodeForm",
        "reauthenticate": "CodeAgainForm",
        "activate_totp": "FirstCodeForm",
    }.items()
}
# The limits of sign-in are counted here: one place for all web processes, which is there
# whenever a sign-in can succeed at all, and needs no Redis.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "promoter_cache",
        # Above it the oldest counts are dropped: a flood must not reset them soon.
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

# An OpenID Connect provider of your own; the button appears with the first two.
OIDC_SERVER_URL = env.text("OIDC_SERVER_URL").rstrip("/")
OIDC_NAME = env.text("OIDC_NAME", "single sign-on")
_oidc_client = {
    "provider_id": "oidc",
    "name": OIDC_NAME,
    "client_id": env.text("OIDC_CLIENT_ID"),
    "secret": env.text("OIDC_CLIENT_SECRET"),
    "settings": {"server_url": OIDC_SERVER_URL, "oauth_pkce_enabled": True},
}
if bool(OIDC_SERVER_URL) != bool(_oidc_client["client_id"]):
    raise ImproperlyConfigured(
        "OIDC_SERVER_URL and OIDC_CLIENT_ID belong together: set both, or neither."
    )
SOCIALACCOUNT_ADAPTER = "promoter.accounts.adapters.ProviderAdapter"
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "APPS": [_oidc_client] if OIDC_SERVER_URL else [],
        # Some providers, Microsoft Entra among them, don't say that they checked it.
        "VERIFIED_EMAIL": env.flag("OIDC_TRUST_EMAIL"),
    }
}
SOCIALACCOUNT_EMAIL_AUTHENTICATION = True
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
# A form that redirects to the provider would need its address in the CSP. A forged GET
# only signs somebody in as themselves.
SOCIALACCOUNT_LOGIN_ON_GET = True

# --- Mail -------------------------------------------------------------------

# At once, for each process (or thread of a worker) that sends by SMTP; EMAIL_URL may say
# another number. Of a worker that dies so many mails may be in doubt.
EMAIL_CONNECTIONS = 5


def _email_settings(url: str) -> dict[str, object]:
    """Django's EMAIL_* from one URL: smtp, smtp+tls (STARTTLS), smtps (TLS), console."""
    default_ports = {"smtp": 25, "smtp+tls": 587, "smtps": 465}
    try:
        parts = urlsplit(url)
        port = parts.port or default_ports.get(parts.scheme, 0)
        # Django's own default is to wait for ever.
        options = parse_qs(parts.query)
        timeout = int(options.get("timeout", ["60"])[0])
        connections = int(options.get("connections", [EMAIL_CONNECTIONS])[0])
    except ValueError:
        parts, port, timeout, connections = urlsplit(""), 0, 0, 0
    if parts.scheme == "console":
        return {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}
    if (
        parts.scheme not in default_ports
        or not parts.hostname
        or min(timeout, connections) < 1
    ):
        raise ImproperlyConfigured(
            "EMAIL_URL must look like smtp+tls://user:password@mail.example.com:587 "
            "(smtp, smtp+tls for STARTTLS, or smtps); ?timeout=60&connections=5 may "
            "follow: seconds, and connections at once for each process that sends. In a "
            "password write # as %23, / as %2F and ? as %3F."
        )
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": port,
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "smtp+tls",
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_TIMEOUT": timeout,
        "EMAIL_CONNECTIONS": connections,
    }


# A mail service with an API, instead of EMAIL_URL; its variables: docs/production.md.
_email_provider = env.text("EMAIL_PROVIDER").lower()
if _email_provider and env.text("EMAIL_URL"):
    raise ImproperlyConfigured(
        "EMAIL_PROVIDER and EMAIL_URL are both set: mail goes one way. Remove one of them."
    )
ANYMAIL: dict[str, object] = {}
if _email_provider:
    globals().update(mail_providers.read_settings(_email_provider))
elif DEBUG:
    globals().update(_email_settings(env.text("EMAIL_URL", "console://")))
else:
    _email_url = env.required(
        "EMAIL_URL",
        "Set it to your mail server, for example "
        "smtp+tls://user:password@mail.example.com:587; or set EMAIL_PROVIDER.",
    )
    globals().update(_email_settings(_email_url))
if DEBUG:
    DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "surveys@localhost.test")
else:
    DEFAULT_FROM_EMAIL = env.required(
        "DEFAULT_FROM_EMAIL", "Set it to the address that survey mail comes from."
    )
SERVER_EMAIL = DEFAULT_FROM_EMAIL
# A mailbox whose mail you treat as unsubscribes; it stands beside the one-click link.
LIST_UNSUBSCRIBE_EMAIL = env.text("LIST_UNSUBSCRIBE_EMAIL")
# Who is asked about the sending address's domain; None is the machine's own resolver.
DNS_RESOLVER = env.server("DNS_RESOLVER", 53)

# --- Celery: the hands, never the memory -------------------------------------

REDIS_URL = env.text("REDIS_URL")
if not REDIS_URL:
    if not DEBUG:
        raise ImproperlyConfigured(
            "REDIS_URL is not set. Set it to your Redis or Valkey, for example "
            "redis://localhost:6379/0. (`make run` brings its own.)"
        )
    REDIS_URL = "redis://127.0.0.1:6379/0"
if not REDIS_URL.startswith(("redis://", "rediss://")):
    # Without the value: it may hold a password.
    raise ImproperlyConfigured(
        "REDIS_URL must start with redis:// (rediss:// for TLS), for example "
        "redis://localhost:6379/0."
    )
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
# A task may run twice: every claim is a conditional UPDATE. Late acks bring back what a
# killed worker held; nothing waits on eta or countdown, so 120 s is long for any task.
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 120,
    "socket_connect_timeout": 2,
    "socket_timeout": 30,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 20
CELERY_TASK_DEFAULT_QUEUE = "promoter"
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "promoter.lib.beat:Scheduler"
CELERY_BEAT_MAX_LOOP_INTERVAL = 2
# The one table of periodic work. Every entry is safe when run twice at once; `expires`
# keeps a stopped worker from meeting a pile of old ticks.
CELERY_BEAT_SCHEDULE = {
    "show that beat and workers are there": {
        "task": "promoter.operations.tasks.show_life",
        "schedule": 20.0,
        "options": {"expires": 20},
    },
    "process the Segment inbox": {
        "task": "segment_ingest.tasks.process_inbox",
        "schedule": 5.0,
        "options": {"expires": 5},
    },
    "run the replays that wait": {
        "task": "segment_ingest.tasks.run_replays",
        "schedule": 5.0,
        "options": {"expires": 5},
    },
    "schedule the turns of contact lists": {
        "task": "surveys.tasks.enrol_list_members",
        "schedule": 15.0,
        "options": {"expires": 15},
    },
    "complete campaigns that have asked everybody": {
        "task": "surveys.tasks.complete_finished_campaigns",
        "schedule": 300.0,
        "options": {"expires": 300},
    },
    "deliver due survey mail": {
        "task": "surveys.tasks.deliver_due_emails",
        "schedule": 5.0,
        "options": {"expires": 5},
    },
    "rescue survey mail whose worker died": {
        "task": "surveys.tasks.sweep_expired_claims",
        "schedule": 15.0,
        "options": {"expires": 15},
    },
    "forward answers": {
        "task": "surveys.tasks.forward_answers",
        "schedule": 10.0,
        "options": {"expires": 10},
    },
    "apply the rules of inboxes and send their mail": {
        "task": "surveys.tasks.send_case_mail",
        "schedule": 10.0,
        "options": {"expires": 10},
    },
    "send digests and alerts to members": {
        "task": "surveys.tasks.send_digests",
        "schedule": 10.0,
        "options": {"expires": 10},
    },
    "sum up the figures of past days": {
        "task": "surveys.tasks.roll_up_figures",
        "schedule": 30.0,
        "options": {"expires": 30},
    },
    "forget old visits of survey links": {
        "task": "surveys.tasks.prune_visits",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
    "forget what mail servers said of old mail": {
        "task": "surveys.tasks.prune_transcripts",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
    "tell owners of campaigns that paused themselves": {
        "task": "campaigns.tasks.tell_owners_of_pauses",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "act on many contacts at once": {
        "task": "segment_ingest.tasks.run_bulk_jobs",
        "schedule": 5.0,
        "options": {"expires": 5},
    },
    "run the imports that wait": {
        "task": "contacts.tasks.run_imports",
        "schedule": 5.0,
        "options": {"expires": 5},
    },
    "write the exports that wait": {
        "task": "surveys.tasks.run_exports",
        "schedule": 5.0,
        "options": {"expires": 5},
    },
    "remove the files of old exports": {
        "task": "surveys.tasks.prune_exports",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
    "remove the files of old imports": {
        "task": "contacts.tasks.prune_imports",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
    "tell webhook endpoints": {
        "task": "promoter.webhooks.tasks.deliver_due",
        "schedule": 5.0,
        "options": {"expires": 5},
    },
    "prune old webhook deliveries": {
        "task": "promoter.webhooks.tasks.prune_deliveries",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
    "tell owners of quotas that run out": {
        "task": "segment_ingest.tasks.tell_owners_of_quotas",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "forget sessions and invitations that are over": {
        "task": "promoter.accounts.tasks.forget_old_doors",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
    "cut SQLite's log": {
        "task": "segment_ingest.tasks.cut_log",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "write SQLite's file anew at night": {
        "task": "segment_ingest.tasks.rewrite_database",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
    "prune old Segment messages": {
        "task": "segment_ingest.tasks.prune_messages",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
}

# --- Product ----------------------------------------------------------------

# Segment's own limits (Tracking API documentation), in bytes.
SEGMENT_MAX_EVENT_BYTES = 32 * 1024
SEGMENT_MAX_BODY_BYTES = 500 * 1024
SEGMENT_MAX_BATCH_EVENTS = 2_500
# Segment's own Webhooks destinations post larger arrays: up to 4,000 events.
SEGMENT_MAX_WEBHOOK_BYTES = 4 * 1024 * 1024
SEGMENT_MAX_WEBHOOK_EVENTS = 4_000
# An older event never triggers a survey: Segment can replay history at any time.
SEGMENT_MAX_EVENT_AGE_HOURS = env.number(
    "SEGMENT_MAX_EVENT_AGE_HOURS", 48, least=1, most=24 * env.MOST
)
SEGMENT_BODY_RETENTION_DAYS = env.number("SEGMENT_BODY_RETENTION_DAYS", 30)
# Longer than the bodies: Segment and its libraries retry for hours, replays come late.
SEGMENT_DEDUP_DAYS = env.number("SEGMENT_DEDUP_DAYS", 35, least=1)
# How long the count of what was refused over the limit may wait in memory; 0: not at all.
SEGMENT_REFUSED_SECONDS = env.number("SEGMENT_REFUSED_SECONDS", 1)
# How long a worker may hold a claimed mail before another may take it.
DELIVERY_LEASE_SECONDS = env.number("DELIVERY_LEASE_SECONDS", 120, least=1)
# An account's people are never asked twice within this time, whatever the throttle.
SURVEY_FLOOR_HOURS = env.number("SURVEY_FLOOR_HOURS", 24, most=24 * env.MOST)
# A survey takes answers, and changes of them, for so long after its mail.
SURVEY_OPEN_DAYS = env.number("SURVEY_OPEN_DAYS", 90, least=1)
# Who answers sooner after the mail has left is no person; 0 leaves speed out of account.
SURVEY_FASTEST_ANSWER_SECONDS = env.number("SURVEY_FASTEST_ANSWER_SECONDS", 3)
# What mail servers and providers said of a mail: it often repeats the address.
MAIL_TRANSCRIPT_RETENTION_DAYS = env.number("MAIL_TRANSCRIPT_RETENTION_DAYS", 90)
# A campaign that would ask so many times more people an hour than it usually does pauses
# itself (0: never), but not below so many surveys within an hour.
SURVEY_BURST_FACTOR = env.number("SURVEY_BURST_FACTOR", 10)
SURVEY_BURST_FLOOR = env.number("SURVEY_BURST_FLOOR", 100, most=1_000_000_000)
# A receiver on one's own network or machine: only then may webhooks reach it.
WEBHOOK_ALLOW_PRIVATE = env.flag("WEBHOOK_ALLOW_PRIVATE")
WEBHOOK_RETENTION_DAYS = env.number("WEBHOOK_RETENTION_DAYS", 30)

# Opens /metrics to Prometheus, who shows it as a bearer token; without it there is none.
METRICS_TOKEN = env.text("METRICS_TOKEN")

# --- Web --------------------------------------------------------------------

# As in development, `make run` takes static files from where they lie: no collectstatic.
_static_from_source = DEBUG or bool(MAIL_CATCHER_DIR)
STATIC_URL = "/static/"
STATIC_ROOT = env.text("STATIC_ROOT") or DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "promoter" / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if _static_from_source
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = _static_from_source
WHITENOISE_AUTOREFRESH = False

DATA_UPLOAD_MAX_MEMORY_SIZE = 512 * 1024
# Files of imports; web and workers share it, nothing serves it.
IMPORT_DIR = DATA_DIR / "imports"
# Files of large exports, likewise.
EXPORT_DIR = DATA_DIR / "exports"
# The first stops an upload that is too large before it fills memory or the disk.
FILE_UPLOAD_HANDLERS = [
    "promoter.lib.uploads.BoundedUploadHandler",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "promoter.lib.uploads.DiskUploadHandler",
]
FILE_UPLOAD_MAX_BYTES = 50 * 1024 * 1024
# Ingest and one-click unsubscribe answer both spellings themselves; a redirect turns a
# POST into a GET in every Segment client, and the event would be lost.
APPEND_SLASH = True

SECURE_CSP = {
    "default-src": ["'self'"],
    "img-src": ["'self'", "data:"],
    "object-src": ["'none'"],
    "base-uri": ["'none'"],
    "form-action": ["'self'"],
    "frame-ancestors": ["'none'"],
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# Two cookies and no more: notices of what was done wait in the session.
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
if HTTPS:
    # By these names browsers take them from this host alone, and only by HTTPS.
    SESSION_COOKIE_NAME = "__Host-sessionid"
    CSRF_COOKIE_NAME = "__Host-csrftoken"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SECURE_HSTS_SECONDS = (
    env.number("SECURE_HSTS_SECONDS", 31_536_000, most=1_000_000_000)
    if HTTPS and not DEBUG
    else 0
)
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.flag("SECURE_HSTS_INCLUDE_SUBDOMAINS")
SECURE_HSTS_PRELOAD = env.flag("SECURE_HSTS_PRELOAD")
SECURE_SSL_REDIRECT = HTTPS and env.flag("SECURE_SSL_REDIRECT", default=True)
# A redirected POST loses its body: Segment and mail programs must get an answer.
SECURE_REDIRECT_EXEMPT = [r"^v1(/|$)", r"^api/", r"^sdk/", r"^u/", r"^s/"]
BEHIND_PROXY = env.flag("BEHIND_PROXY")
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# Whose sign-ins are counted: the address that the last proxy saw.
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if BEHIND_PROXY else 0

REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "UNAUTHENTICATED_USER": None,
}

# --- Language, time, logs ----------------------------------------------------

# Those of the application, each complete. Who adds one here writes all of its catalogue
# (a test asks for it). Mail and pages of a survey have theirs in campaigns.languages.
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["promoter.formats"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "LINE": {
            "()": "promoter.lib.logs.LineFormatter",
            "format": "{asctime} {levelname} {name}: {message}",
            "style": "{",
        },
        "JSON": {"()": "promoter.lib.logs.JsonFormatter"},
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        "django": {"handlers": [], "level": LOG_LEVEL, "propagate": True},
    },
}

# Crashes are told there, without anything of a person.
SENTRY_DSN = env.text("SENTRY_DSN")
if SENTRY_DSN:
    crash_reports.start(dsn=SENTRY_DSN, environment=_site.hostname)

"""Settings. Production differs from the embedded mode by environment only; .env.example lists every name."""

import stripe
from csp.constants import NONE, SELF

from poemvision import buckets, checks, env, logs

BASE_DIR = env.BASE_DIR
env.load_embedded()

# Mode
MODE = env.choice("MODE", ("embedded", "production"), "embedded")
EMBEDDED = MODE == "embedded"
DEBUG = False
PORT = env.integer("PORT", 8000)
BASE_URL = env.text("BASE_URL", f"http://localhost:{PORT}" if EMBEDDED else None)
DEMO_MONTHS = env.integer("DEMO_MONTHS", 14) if EMBEDDED else 0
SECRET_KEY = env.text("SECRET_KEY")
SECRET_KEY_FALLBACKS = env.words("SECRET_KEY_FALLBACKS")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "localhost,127.0.0.1" if EMBEDDED else None)
CSRF_TRUSTED_ORIGINS = [BASE_URL] if BASE_URL.startswith("https://") else []

# The house, ground floor first
ROOMS = ["ui", "audit", "tunables", "jobs", "alerts", "backups", "files", "exports", "accounts", "ledger"]
ROOMS += [
    "pricing",
    "catalog",
    "musicpool",
    "ctas",
    "invites",
    "referrals",
    "sitestats",
    "billing",
    "memberships",
    "selfcheck",
    "studio",
    "accounting",
    "reports",
]
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "csp",
    "django_htmx",
    "lucide",
    *ROOMS,
]

MIDDLEWARE = [
    "poemvision.middleware.RequestId",
    "sitestats.recording.RecordViews",
    "audit.context.AuditContext",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "poemvision.middleware.Headers",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "poemvision.middleware.RefuseNonsense",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "audit.downloads.RecordDownloads",
    "accounts.masking.MaskAddresses",
    "accounts.impersonation.Impersonation",
    "accounts.middleware.SessionLifetime",
    "accounts.middleware.SignInRequired",
    "accounts.middleware.SecondFactorRequired",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "accounts.middleware.FilesConfirmed",
    "referrals.codes.Visits",
    "sitestats.first_touch.FirstTouch",
]

ROOT_URLCONF = "poemvision.urls"
WSGI_APPLICATION = "poemvision.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": [
                "lucide.templatetags.lucide",
                "django_htmx.templatetags.django_htmx",
                "django.templatetags.static",
                "ui.templatetags.ui",
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

# Data
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        **(_database := env.database(env.database_variable())),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            **_database["OPTIONS"],
            "connect_timeout": 3,
            "options": (
                f"-c lock_timeout=3s -c statement_timeout={env.text('STATEMENT_TIMEOUT', '15s')} "
                "-c idle_in_transaction_session_timeout=30s -c timezone=UTC -c jit=off"
            ),
        },
    }
}
DATABASE_ROLE = env.database("DATABASE_URL")["USER"]  # the application's; its owner works with DATABASE_OWNER_URL
FORM_RENDERER = "ui.widgets.Renderer"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# It holds the counts of failed sign-ins: with Django's limit of 300 entries a flood of others would clear them
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
        "OPTIONS": {"MAX_ENTRIES": 50_000},
    }
}
SESSION_ENGINE = "django.contrib.sessions.backends.db"
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024  # a table of 1 MB (files/tables.py), and the fields beside it

# Language and time
LANGUAGE_CODE = "en-us"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"

# Static files
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
BUCKET = buckets.from_environment()
STORAGES = {
    "default": buckets.backend(BUCKET),
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# Uploaded files, and backups of them and of the database
_KEPT = BASE_DIR / "var" if EMBEDDED else "/var/lib/poemvision"
MEDIA_ROOT = env.text("MEDIA_ROOT", f"{_KEPT}/media")
FILE_UPLOAD_HANDLERS = ["files.uploads.Bounded"]
BACKUP_DIR = env.text("BACKUP_DIR", f"{_KEPT}/backups")

# Cookies and headers
_SECURE = not EMBEDDED
SECURE_SSL_REDIRECT = _SECURE
SECURE_REDIRECT_EXEMPT = [r"^webhooks/stripe/$", r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 63_072_000 if _SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = _SECURE
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.integer("TRUSTED_PROXIES", 0) else None
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _SECURE
SESSION_COOKIE_NAME = "__Host-session" if _SECURE else f"session_{PORT}"
CSRF_COOKIE_NAME = "__Host-csrf" if _SECURE else f"csrf_{PORT}"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "ui.errors.forbidden_csrf"

# Stripe (https://docs.stripe.com/api/versioning: the client and the endpoint are pinned to one version)
STRIPE_SECRET_KEY = env.text("STRIPE_SECRET_KEY", "")
STRIPE_WEBHOOK_SECRETS = env.words("STRIPE_WEBHOOK_SECRET", "")
STRIPE_API_BASE = env.text("STRIPE_API_BASE", "https://api.stripe.com") if EMBEDDED else "https://api.stripe.com"
STRIPE_CHECKOUT_ORIGIN = env.text("STRIPE_CHECKOUT_ORIGIN", "https://checkout.stripe.com")
STRIPE_API_VERSION = stripe.api_version
STRIPE_SANDBOX_URL = env.text("STRIPE_SANDBOX_URL", "") if EMBEDDED else ""
STRIPE_LIVEMODE = STRIPE_SECRET_KEY.startswith(("sk_live_", "rk_live_"))

# Providers that generate; without a key each is off
REPLICATE_API_TOKEN = env.text("REPLICATE_API_TOKEN", "")
REPLICATE_API_BASE = env.text("REPLICATE_API_BASE", "https://api.replicate.com")
REPLICATE_FILES = env.words("REPLICATE_FILES", "https://replicate.delivery")
MUSICGEN_VERSION = env.text("MUSICGEN_VERSION", "671ac645ce5e552cc63a54a2bbff63fcf798043055d2dac5fc9e36a837eedcfb")
LANGUAGE_MODEL_URL = env.text("LANGUAGE_MODEL_URL", "https://api.openai.com/v1")
LANGUAGE_MODEL_KEY = env.text("LANGUAGE_MODEL_KEY", "")
LANGUAGE_MODEL = env.text("LANGUAGE_MODEL", "gpt-4o-mini")
MODERATION_MODEL = env.text("MODERATION_MODEL", "")
IMAGE_MODEL_URL = env.text("IMAGE_MODEL_URL", "https://api.openai.com/v1")
IMAGE_MODEL_KEY = env.text("IMAGE_MODEL_KEY", "")
IMAGE_MODEL = env.text("IMAGE_MODEL", "gpt-image-1")

CLAMAV_SOCKET = env.text("CLAMAV_SOCKET", "")  # files/antivirus.py

_FILES = [BUCKET["origin"]] if BUCKET["origin"] else []
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "blob:", *_FILES],
        "font-src": [SELF],
        "connect-src": [SELF],
        "media-src": [SELF, "blob:", *_FILES],
        "form-action": [SELF, STRIPE_CHECKOUT_ORIGIN, "https://billing.stripe.com"],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# People
AUTH_USER_MODEL = "accounts.User"
SILENCED_SYSTEM_CHECKS = ["auth.W004"]  # e-mail is unique by an expression index: lower(email)
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["accounts.passwords.Argon2id"]
AUTH_PASSWORD_VALIDATORS = [{"NAME": "accounts.passwords.PolicyValidator"}]
PASSWORD_RESET_TIMEOUT = 12 * 3600  # so that who has a link needs no other soon: see reset_mail in live_settings
SESSION_COOKIE_AGE = 30 * 24 * 3600  # the outer bound; staff tune the real one
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/home/"
LOGOUT_REDIRECT_URL = "/"
TRUSTED_PROXIES = env.integer("TRUSTED_PROXIES", 0)

# allauth
ALLAUTH_SETTING_GETTER = "accounts.live_settings.setting"
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "add_email": "accounts.forms.AddEmailForm",
    "change_password": "accounts.forms.ChangePasswordForm",
    "login": "accounts.forms.LoginForm",
    "reauthenticate": "accounts.forms.ReauthenticateForm",
    "reset_password": "accounts.forms.ResetPasswordForm",
    "reset_password_from_key": "accounts.forms.ResetPasswordKeyForm",
    "signup": "accounts.forms.SignupForm",
    "user_token": "accounts.forms.LinkForm",
}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_SESSION_REMEMBER = True
MFA_ADAPTER = "accounts.second_factor.MFAAdapter"
MFA_FORMS = {
    "activate_totp": "accounts.security_forms.ActivateAppForm",
    "add_webauthn": "accounts.security_forms.AddPasskeyForm",
    "authenticate": "accounts.security_forms.AuthenticateForm",
    "authenticate_webauthn": "accounts.security_forms.AuthenticateByPasskeyForm",
    "edit_webauthn": "accounts.security_forms.RenamePasskeyForm",
    "login_webauthn": "accounts.security_forms.LoginByPasskeyForm",
    "reauthenticate": "accounts.security_forms.ReauthenticateForm",
    "reauthenticate_webauthn": "accounts.security_forms.ReauthenticateByPasskeyForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"

# Work in the background
REDIS_URL = env.text("REDIS_URL")

# Mail
DEFAULT_FROM_EMAIL = env.text("MAIL_FROM", "Poem Vision AI <hello@poemvision.example>")
EMAIL_BACKEND = env.text(
    "EMAIL_BACKEND", "accounts.outbox.OutboxBackend" if EMBEDDED else "django.core.mail.backends.smtp.EmailBackend"
)
EMAIL_HOST = env.text("EMAIL_HOST", "localhost")
EMAIL_PORT = env.integer("EMAIL_PORT", 25)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = env.boolean("EMAIL_USE_TLS", False)
EMAIL_TIMEOUT = 10
ANYMAIL = {"REQUESTS_TIMEOUT": (3, 10), **env.beginning_with("ANYMAIL_")}

# Logs and errors
LOGGING = logs.config(embedded=EMBEDDED)
if SENTRY_DSN := env.text("SENTRY_DSN", ""):
    logs.report_errors(SENTRY_DSN)

if not EMBEDDED:
    checks.refuse_unsafe(globals())
elif STRIPE_LIVEMODE:
    raise env.ConfigurationError("STRIPE_SECRET_KEY is a live key: real money needs MODE=production.")

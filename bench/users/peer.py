"""django.contrib.admin's list of a million users, 50 a page as ours; a child of bench_users.py."""
# ruff: noqa: E402 (Django must be set up before its models can be imported)

import os
from urllib.parse import urlsplit

import django
from django.conf import settings

_where = urlsplit(os.environ["DATABASE_URL"])
_contrib = ("admin", "auth", "contenttypes", "sessions", "messages", "staticfiles")
_processors = ("django.template.context_processors.request", "django.contrib.auth.context_processors.auth")

settings.configure(
    SECRET_KEY=os.environ["SECRET_KEY"],
    ALLOWED_HOSTS=["localhost"],
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    STATIC_URL="/static/",
    INSTALLED_APPS=[f"django.contrib.{name}" for name in _contrib],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {"context_processors": [*_processors, "django.contrib.messages.context_processors.messages"]},
        }
    ],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": _where.path[1:],
            "USER": _where.username,
            "PASSWORD": _where.password,
            "HOST": _where.hostname,
            "PORT": _where.port,
        }
    },
)
django.setup()

from django.contrib import admin
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection, models
from django.test import Client
from django.urls import path

from bench.users import asking

FILL = """
    INSERT INTO account (email, name, role, is_active, spendable, date_joined, last_login)
    SELECT 'user' || n || '@example.org', 'Name' || n %% 9000 || ' Surname' || n %% 7000,
           CASE WHEN n %% 10000 = 0 THEN 'support' ELSE '' END, n %% 20 <> 0, n::bigint * 7919 %% 200000 / 100.0,
           timestamptz '2024-01-01' + n * interval '30 s', timestamptz '2025-01-01' + n * interval '20 s'
    FROM generate_series(1, %s) n
"""


class Account(models.Model):
    """The columns that our list shows, in one table, with an index for each order that is asked for."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120, db_index=True)
    role = models.CharField(max_length=32, blank=True, choices=[("", "Member"), ("support", "Support staff")])
    is_active = models.BooleanField(default=True)
    spendable = models.DecimalField(max_digits=20, decimal_places=6)
    date_joined = models.DateTimeField()
    last_login = models.DateTimeField(null=True)

    class Meta:
        app_label = "auth"
        db_table = "account"
        indexes = [
            models.Index(fields=["-date_joined", "-id"], name="account_joined"),
            models.Index(fields=["spendable", "id"], name="account_credit"),
            models.Index(fields=["role", "-date_joined", "-id"], name="account_role"),
        ]


@admin.register(Account)
class People(admin.ModelAdmin):
    list_display = ("email", "name", "role", "is_active", "spendable", "last_login", "date_joined")
    list_filter = ("role", "is_active")
    search_fields = ("email", "name")
    ordering = ("-date_joined",)
    list_per_page = 50


urlpatterns = [path("admin/", admin.site.urls)]


def main(rows: int) -> None:
    call_command("migrate", verbosity=0)
    with connection.schema_editor() as editor:
        editor.create_model(Account)
    with connection.cursor() as cursor:
        cursor.execute(FILL, [rows])
        cursor.execute("VACUUM ANALYZE account")
    owner = User.objects.create_superuser("owner", "owner@poemvision.example", "x")
    print(f"/admin/auth/account/?p={rows // 4 // 50}", flush=True)
    client = Client(headers={"Host": "localhost"})
    client.force_login(owner)
    asking.serve(client, calls=7)


if __name__ == "__main__":
    main(int(os.environ["ROWS"]))

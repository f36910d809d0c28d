"""The shape of the house: names that line up, sizes, guards on every view, documents that tell the truth."""

import ast
import importlib.util
import re
from functools import cache
from operator import attrgetter
from pathlib import Path

from django.conf import settings
from django.template.loader import get_template
from django.urls import resolve, reverse

from accounts.access import MEMBER
from accounts.permissions import ROLE_PERMS, Perm
from tests.each import each
from tests.routes import PUBLIC, routes
from ui.nav import NAV

ROOT = settings.BASE_DIR
FOLDERS = [*settings.ROOMS, "artwork", "poemvision", "stripesandbox", "templates", "static", "tests", "bench", "bin"]
ROUTES = routes()
by_name = attrgetter("name")
PANELS = [route for route in ROUTES if ":panel:" in route.name]

# path or path::function -> why it may be longer than the rest
LONGER: dict[str, str] = {}
# panels that read through another name than their own -> why
READS_ELSEWHERE = {
    "alerts:panel:alerts": "open or acknowledged ones: two reads",
    "alerts:panel:banner": "the open ones of the alerts panel",
    "audit:panel:integrity": "the head of the chain and the last check",
    "billing:panel:grant_adjust": "a form",
    "billing:panel:member_lookup": "first finds the member, then reads the money",
    "billing:panel:refund_preview": "the ledger itself tells what it would book",
    "billing:panel:stripe_status": "asks Stripe, not the database",
    "billing:panel:top_up_money": "billing/top_up_details.py",
    "billing:panel:invoice_money": "billing/top_up_details.py",
    "billing:panel:topup_configuration": "tunables",
    "jobs:panel:job": "the row itself",
    "tunables:panel:security_settings": "tunables",
}
# The first words of the rights whose acts ask for the password (`@confirmed`) ...
ASKING = {"accounting", "billing", "credit", "debts", "exports", "invites", "pricing", "referrals", "roles"}
ASKING |= {"security", "staff", "users"}
# ... and why some of these acts do not
UNASKED = {
    "a dry run: nothing is written": "accounts:check_import invites:check_import",
    "words, about people or for oneself": "accounts:save_view accounts:delete_view "
    "accounts:write_note accounts:edit_note accounts:pin_note",
    "must not wait, and a click takes it back": "accounts:suspend_user accounts:restore_user",
    "brings back what the password was asked for to delete": "accounts:undelete_user",
    "ends sessions, which only costs a sign-in": "accounts:end_user_session accounts:end_user_sessions",
    "goes to the address of the account itself": "accounts:send_reset accounts:resend_confirmation",
    "asks when the choice is a write-off, which alone gives money up": "billing:decide_debt",
    "reads and compares": "billing:start_reconciliation selfcheck:run_checks selfcheck:run_check",
    "books what Stripe says, once, with nothing to choose": "billing:repair_difference billing:repair_differences "
    "billing:replay_event",
    "counts what is booked already": "accounting:refresh_figures reports:refresh_reports",
    "moves no money and leaves the papers before; a chosen file would be lost on the way": "pricing:attach_file",
}
# What a member does of which the card that Stripe keeps is charged, or changed
CHARGES = "billing:agree_auto_top_up billing:save_card memberships:open_portal memberships:subscribe"
FORBIDDEN_NAMES = {"services.py", "utils.py", "helpers.py"}


@cache
def files(*suffixes: str) -> list[Path]:
    found = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.suffix in suffixes]
    return sorted(path for path in found if "__pycache__" not in path.parts and "migrations" not in path.parts)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def is_test(path: Path) -> bool:
    return "tests" in path.parts or path.name == "conftest.py"


def named_in(paths, pattern: str) -> list[tuple[str, str]]:
    """(path, what the pattern's group found in it)"""
    return [(name_of(path), found) for path in paths for found in re.findall(pattern, path.read_text())]


# Sizes


def test_files_are_short():
    limits = {".html": 150, ".txt": 150, ".css": 200, ".js": 200}
    long = []
    for path in files(".py", *limits):
        limit = limits.get(path.suffix) or (500 if is_test(path) else 300)
        lines = len(path.read_text().splitlines())
        if lines > limit and name_of(path) not in LONGER:
            long.append(f"{name_of(path)}: {lines} lines, the limit is {limit}")
    assert not long, "\n".join(long)


def test_functions_are_short():
    long = []
    for path in files(".py"):
        limit = 80 if is_test(path) else 40
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = node.end_lineno - node.lineno + 1
                if lines > limit and f"{name_of(path)}::{node.name}" not in LONGER:
                    long.append(f"{name_of(path)}::{node.name}: {lines} lines, the limit is {limit}")
    assert not long, "\n".join(long)


def test_exceptions_name_what_exists():
    for name in LONGER:
        assert (ROOT / name.partition("::")[0]).exists(), name
    assert set(READS_ELSEWHERE) <= {route.name for route in PANELS}


def test_the_tests_of_every_room_run(pytestconfig):
    assert set(settings.ROOMS) <= set(pytestconfig.getini("testpaths"))


def test_no_file_is_a_drawer():
    assert not [name_of(path) for path in files(".py") if path.name in FORBIDDEN_NAMES]


def test_nothing_is_left_for_later():
    marks = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b|except[^\n]*:\s*pass\b")
    assert not [name_of(path) for path in files(".py", ".html", ".css", ".js") if marks.search(path.read_text())]


# Guards


@each(ROUTES, by_name)
def test_every_view_says_who_may(route):
    open_to_all = not getattr(route.view, "login_required", True)
    assert open_to_all == (route.name in PUBLIC), "a public view carries @login_not_required and stands in PUBLIC"
    assert open_to_all != (route.perm is not None), "@requires, @members or @login_not_required: exactly one"
    assert route.perm in (None, MEMBER, *Perm)


def test_views_of_the_back_office_are_for_staff():
    for route in ROUTES:
        assert route.pattern.startswith("/admin/") == isinstance(route.perm, Perm), route.name


def test_what_touches_money_roles_accounts_or_whole_lists_asks_for_the_password():
    asking = {route.name for route in ROUTES if getattr(route.view, "confirmed", False)}
    about = [route for route in ROUTES if str(route.perm).partition(":")[0] in ASKING]
    acts = {route.name for route in about if not route.view.__module__.split(".")[1].endswith(("pages", "panels"))}
    acts |= {
        "billing:new_refund",
        "billing:new_invoice_refund",
        "exports:new_export",
        "exports:download_export",
        "audit:head_file",
    }
    assert acts - asking == {name for names in UNASKED.values() for name in names.split()}
    assert set(CHARGES.split()) <= asking


def test_every_refusal_is_recorded():
    """`accounts.access.deny` refuses and records; nothing else raises what becomes a 403."""
    raising = [name_of(path) for path in files(".py") if not is_test(path) and "PermissionDenied" in path.read_text()]
    assert raising == ["accounts/access.py"]


def test_every_permission_is_used_and_held():
    code = "\n".join(path.read_text() for path in files(".py") if not is_test(path) and path.name != "permissions.py")
    code += "\n".join(path.read_text() for path in files(".html"))
    for perm in Perm:
        assert f"Perm.{perm.name}" in code or f'can:"{perm}"' in code, f"{perm} guards nothing"
        assert sum(perm in held for held in ROLE_PERMS.values()) >= 1, f"nobody holds {perm}"


def test_permissions_in_templates_exist():
    asked = named_in(files(".html"), r"""\|can:["']([^"']*)["']""")
    assert asked and [name for name in asked if name[1] not in set(Perm)] == []


def test_permissions_stand_in_alphabetical_order():
    assert [perm.value for perm in Perm] == sorted(perm.value for perm in Perm)


@each(NAV)
def test_the_sidebar_leads_somewhere(entry):
    view = resolve(reverse(entry[3])).func
    assert isinstance(view.perm, Perm)


def test_what_writes_at_stripe_has_a_key():
    """`stripe_api.call(resource, method, …, {"idempotency_key": …})`: a repeated call has no second effect."""
    reads, writes = {"retrieve", "list", "search"}, 0
    for path in (path for path in files(".py") if not is_test(path)):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-2:] == ["stripe_api", "call"]:
                assert isinstance(node.args[1], ast.Constant), f"{name_of(path)}:{node.lineno} hides what it calls"
                keyed = isinstance(node.args[-1], ast.Dict) and "idempotency_key" in ast.unparse(node.args[-1])
                assert keyed or node.args[1].value in reads, f"{name_of(path)}:{node.lineno} writes without a key"
                writes += keyed
    assert writes > 10


def test_locks_let_foreign_keys_pass():
    """Held stronger, a row holds up each commit that names it, the lock of the log in hand. Nobody changes keys."""
    calls = [
        (name_of(path), node)
        for path in files(".py")
        if not is_test(path)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(".select_for_update")
    ]
    strong = [f"{name}:{node.lineno}" for name, node in calls if "no_key=True" not in ast.unparse(node)]
    assert calls and not strong, strong


def test_stripe_is_called_through_one_door():
    ours = [path for path in files(".py") if not is_test(path) and {"stripesandbox", "bench"}.isdisjoint(path.parts)]
    doors = {name_of(path) for path in ours if re.search(r"StripeClient|stripe_api\.client\(", path.read_text())}
    assert doors == {"billing/stripe_api.py"}


# Names


@each(PANELS, by_name)
def test_a_panel_has_one_name(route):
    room, name = route.name.split(":panel:")
    assert route.pattern.startswith(f"/admin/{room}/panels/{name}/")
    assert (route.view.__module__, route.view.__name__) == (f"{room}.panels", name)
    get_template(f"{room}/panels/{name}.html")
    if route.name not in READS_ELSEWHERE:
        assert callable(getattr(importlib.import_module(f"{room}.queries"), name, None)), f"{room}.queries.{name}"
    assert (ROOT / room / "tests" / f"test_panel_{name}.py").exists(), f"test_panel_{name}.py"


@each(settings.ROOMS)
def test_reads_that_code_asks_for_exist(room):
    """`queries.x` is found at run time only; a package of queries that forgets a name would be a panel that fails."""
    if not importlib.util.find_spec(f"{room}.queries"):
        return
    reads = importlib.import_module(f"{room}.queries")
    for path in (ROOT / room).rglob("*.py"):
        text = path.read_text()
        if re.search(rf"^from {room} import .*\bqueries\b", text, re.MULTILINE):
            for name in re.findall(r"(?<![\w.])queries\.([A-Za-z]\w*)", text):
                assert hasattr(reads, name), f"{name_of(path)} asks for queries.{name}"


def test_panels_on_pages_exist():
    names = {route.name.replace(":panel:", ":") for route in PANELS}
    framed = named_in((ROOT / "templates").rglob("*.html"), r"""\{% panel ["']([^"']+)["']""")
    assert framed and [name for name in framed if name[1] not in names] == []


@each(ROUTES, by_name)
def test_a_view_is_called_like_its_route(route):
    """Room, function and URL name agree; allauth's own views are named by allauth."""
    if not route.view.__module__.startswith("allauth."):
        assert route.view.__name__ == route.name.rpartition(":")[2].removeprefix("account_")


# Templates


def test_templates_that_code_names_exist():
    code = [path for path in files(".py") if "stripesandbox" not in path.parts and path.parent.name != "bin"]
    named = named_in((path for path in code if not is_test(path)), r"""["']([\w/]+\.html)["']""")
    assert [get_template(name) for _, name in named]


def test_templates_that_templates_name_exist():
    ours = (path for path in files(".html") if "stripesandbox" not in path.parts and not is_test(path))
    named = named_in(ours, r"""\{% (?:extends|include|constant) ["']([^"']+)["']""")
    assert [get_template(name) for _, name in named]


def test_every_template_is_used():
    code = "\n".join(path.read_text() for path in files(".py", ".html"))
    unused = []
    for path in (ROOT / "templates").rglob("*.html"):
        name = path.relative_to(ROOT / "templates").as_posix()
        framework = name.startswith(("account/", "mfa/")) or re.fullmatch(r"\d{3}(_csrf)?\.html", name)
        if not framework and f'"{name}"' not in code and f"'{name}'" not in code:
            unused.append(name)
    assert not unused, unused


# Documents


@each(["README.md", "CONTRIBUTING.md", "docs/backups.md"])
def test_documents_name_what_exists(document):
    """Backticked paths and decorators in the prose are really there."""
    text = (ROOT / document).read_text()
    ignored = (ROOT / ".gitignore").read_text().splitlines()
    for literal in re.findall(r"`([\w./-]+/)`|`([\w/-]+\.(?:py|html|md|txt|ini|toml))`", text):
        path = "".join(literal)
        if path.startswith("/"):
            resolve(path) if "<" not in path else None
        else:
            assert (ROOT / path).exists() or f"/{path}" in ignored, f"{document} names {path}"
    for command in re.findall(r"manage\.py (\w+)", text):
        assert command in {"migrate", "collectstatic", "check", "createcachetable"} or any(
            ROOT.glob(f"*/management/commands/{command}.py")
        ), f"{document} names manage.py {command}"
    for script in re.findall(r"(?<![\w/])(bin/\w+)", text):
        assert (ROOT / script).exists(), f"{document} names {script}"


def test_the_readme_names_every_event_that_stripe_must_send():
    from billing.stripe_events import HANDLERS

    text = (ROOT / "README.md").read_text()
    assert not [type_ for type_ in HANDLERS if f"`{type_}`" not in text]

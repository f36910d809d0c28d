"""What bin/audit answers: never "fine" about a package that nobody looked up."""

import importlib.util
import json

import pytest
from django.conf import settings

LOCK = (
    "amqp==5.4.2 \\\n    --hash=sha256:00\ndjango[argon2]==5.2.19 ; sys_platform == 'linux' \\\n    --hash=sha256:00\n"
)
AMQP = {"name": "amqp", "version": "5.4.2", "vulns": []}
DJANGO = {"name": "Django", "version": "5.2.19", "vulns": []}
KNOWN = {"id": "CVE-2026-1", "fix_versions": ["5.2.20"], "aliases": [], "description": ""}


@pytest.fixture
def judge(tmp_path):
    """`judge(report)`: what the program returns for these packages, or for no report at all."""
    spec = importlib.util.spec_from_file_location("judge_audit", settings.BASE_DIR / "bin" / "judge_audit.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    report, words, lock = (tmp_path / name for name in ("report.json", "words", "requirements.txt"))
    lock.write_text(LOCK)
    words.write_text("starting\nno route to the advisory database\n")

    def run(packages=None):
        if packages is not None:
            report.write_text(json.dumps({"dependencies": packages}))
        return module.main(str(report), str(words), str(lock))

    return run


def test_it_works(judge, capsys):
    assert judge([AMQP, DJANGO]) == 0
    assert capsys.readouterr().out == "2 pinned packages were looked up; no vulnerability is known.\n"


def test_what_is_known_is_told(judge, capsys):
    assert judge([AMQP, DJANGO | {"vulns": [KNOWN]}]) == 1
    assert capsys.readouterr().out == "django 5.2.19: CVE-2026-1, mended in 5.2.20\n"


@pytest.mark.parametrize(
    "packages",
    [
        [AMQP],
        [AMQP, {"name": "django", "skip_reason": "Dependency not found on PyPI"}],
        [AMQP, DJANGO | {"version": "5.2.18"}],
        [],
    ],
    ids=["missing", "skipped", "another version", "empty"],
)
def test_what_was_not_looked_up_is_not_fine(judge, capsys, packages):
    assert judge(packages) == 2
    assert "Could not verify" in (said := capsys.readouterr().err) and "django" in said


def test_no_report_is_not_fine(judge, capsys):
    assert judge() == 2
    assert capsys.readouterr().err == "Could not verify: pip-audit made no report: no route to the advisory database\n"

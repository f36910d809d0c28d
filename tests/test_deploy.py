"""What deploy/ ships fits together. That it works is shown by deploy/rehearse.sh, which needs a machine to itself."""

import re
import shutil
import subprocess

import pytest
from django.conf import settings

from jobs.registry import FILES_QUEUE, queue_of
from poemvision.celery import app
from poemvision.embedded import place
from poemvision.embedded.plan import Plan, _add_django

DEPLOY = settings.BASE_DIR / "deploy"
UNITS = sorted(DEPLOY.glob("*.service"))
SCRIPTS = [*sorted(DEPLOY.glob("*.sh")), DEPLOY / "poemvision-manage"]
NAME = re.compile(r"^([A-Z][A-Z_]+)=", re.MULTILINE)


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.stem)
def test_a_service_has_few_rights_and_only_backups_know_the_owner(unit):
    text = unit.read_text()
    for line in ("User=poemvision", "NoNewPrivileges=yes", "ProtectSystem=strict", "CapabilityBoundingSet="):
        assert f"\n{line}\n" in text
    owners = ["-/etc/poemvision.owner.env"] if unit.stem in ("poemvision-backup", "poemvision-drill") else []
    assert re.findall(r"^EnvironmentFile=(.*)$", text, re.MULTILINE) == ["/etc/poemvision.env", *owners]


def test_each_queue_has_a_worker_of_its_own(monkeypatch, tmp_path):
    monkeypatch.setattr(place, "VAR", tmp_path)
    plan = Plan(port=0)
    _add_django(plan)
    embedded = [part for program in plan.programs for part in program.command if part.startswith("--queues=")]
    installed = re.findall(r"--queues (\S+)", "".join(unit.read_text() for unit in UNITS))
    for workers in ([part.removeprefix("--queues=") for part in embedded], installed):
        assert sorted(workers) == sorted(queue.name for queue in app.conf.task_queues)


def test_files_that_somebody_waits_for_wait_for_neither_renders_nor_chores():
    assert {queue_of("exports.write"), queue_of("accounts.gather_own_data")} == {FILES_QUEUE}


def test_the_environment_that_is_written_is_documented():
    written = re.search(r"private \$ENV_FILE <<ENV\n(.*?)\nENV\n", (DEPLOY / "install.sh").read_text(), re.DOTALL)[1]
    documented = NAME.findall((settings.BASE_DIR / ".env.example").read_text())
    assert len(NAME.findall(written)) > 10
    assert set(NAME.findall(written)) - set(documented) == set()
    assert "OWNER" not in written


def test_every_room_is_installed():
    kept = re.search(r'local kept="(.*)"', (DEPLOY / "install.sh").read_text())[1].split()
    assert set(settings.ROOMS) <= set(kept)


def test_redis_forgets_nothing():
    lines = (DEPLOY / "redis.conf").read_text().splitlines()
    assert {"appendonly yes", "appendfsync everysec", "maxmemory-policy noeviction"} <= set(lines)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_can_be_read(script):
    assert subprocess.run([shutil.which("bash"), "-n", script], capture_output=True, text=True).stderr == ""
    assert script.stat().st_mode & 0o111


def test_the_installation_refuses_in_one_sentence():
    for words in ([], ["--host"], ["--host", "a b"], ["--host", "x.org", "--key", "k"], ["--wrong", "x"]):
        refused = subprocess.run([DEPLOY / "install.sh", *words], capture_output=True, text=True)
        assert refused.returncode == 1
        assert len(refused.stderr.splitlines()) == 1, refused.stderr

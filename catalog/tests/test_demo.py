from artwork import scenes
from catalog import demo, queries
from catalog.models import Asset, Poem
from jobs.models import Job
from jobs.registry import run_now


def test_the_plan_names_what_can_be_painted():
    assert {theme for _, theme, *_ in demo.PLAN[:8]} == set(scenes.THEMES), "one of each theme first"
    assert {palette for _, _, palette, *_ in demo.PLAN} <= set(scenes.PALETTES)
    assert len({title for title, *_ in demo.PLAN}) == len(demo.PLAN) == 24


def test_it_paints_what_is_missing_in_slices(media, monkeypatch):
    monkeypatch.setattr(demo, "PLAN", demo.PLAN[:2])
    monkeypatch.setattr(demo, "SIZE", (600, 750))
    monkeypatch.setattr(demo, "LISTED", 1)
    monkeypatch.setattr(demo, "SLICE", 0)
    job = Job.enqueue(demo.KIND, {}, dedupe_key="demo")
    assert run_now(job).state == "new", "its time was over at once"
    monkeypatch.setattr(demo, "SLICE", 60)
    assert run_now(job).state == "done" and (job.progress_done, job.progress_total) == (2, 2)
    pictures = Asset.objects.order_by("pk")
    titles = [title for title, *_ in demo.PLAN]
    assert [(picture.title, picture.curated) for picture in pictures] == [(titles[0], False), (titles[1], True)]
    assert [picture.title for picture in queries.offered_pictures()] == titles
    assert queries.public_images().get().title == titles[0] and Poem.objects.filter(starter__isnull=False).count() == 5
    assert run_now(Job.enqueue(demo.KIND, {}, dedupe_key="again")).state == "done" and Asset.objects.count() == 2

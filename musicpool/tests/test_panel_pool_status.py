import pytest

from jobs.models import Job
from ledger.tests.make import D
from musicpool import demo, queries
from musicpool.models import Fallback, Generation
from musicpool.tests.make import make_track
from pricing import costs
from tunables import values

PAGE = "/admin/music/"
URL = "/admin/musicpool/panels/pool_status/"


@pytest.fixture
def pool(media):
    make_track(plays=3), make_track(state="pending"), make_track("epic", "electronic", "rejected")
    call = costs.ask("music", "replicate", "music:cut:1", cut_id=1)
    call.answered(external_id="p1", reported=D("0.09"))
    made = Generation.objects.create(
        mood="epic", genre="electronic", reason="fallback", prompt="p", seconds=30, call=call
    )
    Fallback.objects.create(mood="epic", genre="electronic", cut_id=1, generation=made)
    Fallback.objects.create(mood="epic", genre="electronic", cut_id=2)


def test_it_works(client_of, marketer, pool, django_assert_max_num_queries):
    with values.snapshot(), django_assert_max_num_queries(6):
        found = queries.pool_status()
    assert (found.approved, found.pending, found.low, found.wanted, found.fallbacks) == (1, 1, 20, 200, 2)
    last = found.buckets[-1]
    assert (last.title, last.fallbacks, last.silent, last.cost) == ("Epic, electronic", 2, 2, D("0.09"))
    text = client_of(marketer).get(PAGE).content.decode()
    for words in ("$0.06/render", "target 10 tracks each", "<b>1</b> of 10", "Below 5", "Empty", "2 fallbacks, $0.09"):
        assert words in text, words
    assert text.count('class="bucket low"') == 20 and "REPLICATE_API_TOKEN" in text


def test_the_goal_is_staffs_and_composing_is_shown(client_of, owner, pool):
    values.change("music_bucket_goal", "1", by=owner)
    Job.enqueue(demo.KIND, {})
    Job.objects.update(progress_done=12, progress_total=100, progress_note="Still Harbour (calm, piano)")
    text = client_of(owner).get(URL).content.decode()
    assert text.count('class="bucket low"') == 19
    assert "12 of 100 tracks" in text and "Still Harbour" in text


def test_it_requires_music_read(client_of, member):
    assert client_of(member).get(URL).status_code == 403

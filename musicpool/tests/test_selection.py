import pytest
from django.utils import timezone

from ledger.tests.test_races import at_once
from musicpool.models import Track
from musicpool.selection import take
from musicpool.tests.make import make_cut, make_track


def test_it_takes_the_one_that_waited_longest(media):
    first, second, third = (make_track() for _ in range(3))
    make_track(state="pending"), make_track(state="rejected"), make_track(genre="ambient")
    retired = make_track()
    retired.asset.retired_at = timezone.now()
    retired.asset.save()
    taken = [take("calm", "piano", cut_id=number) for number in range(1, 8)]
    assert taken == [first, second, third, first, second, third, first]
    assert list(Track.objects.filter(plays__gt=0).order_by("pk").values_list("plays", flat=True)) == [3, 2, 2]
    assert take("epic", "piano", cut_id=99) is None


def test_a_cut_that_asks_again_gets_the_same(media):
    make_track()
    cut = make_cut(track=make_track())
    assert take("calm", "piano", cut_id=cut.pk) == cut.track
    assert not Track.objects.filter(plays__gt=0)


@pytest.mark.usefixtures("committed_db")
def test_renders_at_once_share_fairly_and_none_finds_it_empty(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)
    tracks = [make_track() for _ in range(3)]
    taken = at_once(lambda number: take("calm", "piano", cut_id=number + 1000), 24, threads=8)
    assert all(isinstance(each, Track) for each in taken), taken
    plays = [Track.objects.get(pk=track.pk).plays for track in tracks]
    assert sum(plays) == 24 and min(plays) >= 4

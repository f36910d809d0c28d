"""What is stored."""

from files.tests.make import make_stored


def test_it_works(media, client_of, accountant):
    make_stored(b"x" * 1500)
    make_stored(b"y" * 500, "video/mp4", ".mp4")
    page = client_of(accountant).get("/admin/files/").content.decode()
    assert "Storage" in page and "2.0 kB" in page and "1.5 kB" in page and "free on the disk" in page


def test_it_is_for_who_may(media, client_of, marketer):
    assert client_of(marketer).get("/admin/files/panels/storage/").status_code == 403

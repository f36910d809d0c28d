"""Channel and source of an arrival, by the rules and by the table of hosts."""

import csv
import random
import time
from urllib.parse import parse_qsl, urlsplit

import pytest

from sitestats import dictionaries, first_touch, shapes
from sitestats.channels import TABLE, Channel, classify, outside_host

SITE = "https://poemvision.example"
# referrer, address on our side, channel, source
ARRIVALS = [
    ("", "/", "direct", ""),
    ("not an address", "/", "direct", ""),
    ("https://[broken", "/", "direct", ""),
    ("http://203.0.113.9:8080/poems", "/", "direct", ""),
    ("http://[2001:db8::9]:8080/", "/", "direct", ""),
    ("http://0xcb007109/", "/", "direct", ""),
    ("https://jane%40example.org/", "/", "direct", ""),
    ("https://jane@example.org/", "/", "direct", ""),
    ("https://a\x7fb.example/", "/", "direct", ""),
    ("https://4chan.example:8080/", "/", "referral", "4chan.example"),
    ("", "/?utm_source=dQw4w9WgXcQdQwLwXy&utm_medium=dQw4w9WgXcQdQwLwXy", "direct", ""),
    ("javascript://google.com/%0aalert(1)", "/", "direct", ""),
    (f"{SITE}/wall/", "/make/", "direct", ""),
    ("https://0123456789abcdef.poemvision.example/", "/", "direct", ""),
    ("https://checkout.stripe.com/c/pay/cs_1", "/me/credit/", "direct", ""),
    ("https://hooks.stripe.com/3d_secure", "/", "direct", ""),
    ("https://www.paypal.com/checkout", "/", "direct", ""),
    ("https://accounts.google.com/", "/", "direct", ""),
    ("https://www.google.com/", "/", "search", "Google"),
    ("https://www.google.co.uk/", "/", "search", "Google"),
    ("android-app://com.google.android.googlequicksearchbox/", "/", "search", "Google"),
    ("https://google.com.evil.example/", "/", "referral", "google.com.evil.example"),
    ("https://notgoogle.com/", "/", "referral", "notgoogle.com"),
    ("https://news.yahoo.co.jp/", "/", "search", "Yahoo"),
    ("https://duckduckgo.com/", "/", "search", "DuckDuckGo"),
    ("https://gemini.google.com/app", "/", "ai", "Gemini"),
    ("https://www.perplexity.ai/", "/", "ai", "Perplexity"),
    ("", "/?utm_source=chatgpt.com", "ai", "ChatGPT"),
    ("", "/?utm_source=perplexity", "ai", "Perplexity"),
    ("https://mail.google.com/", "/", "email", "Gmail"),
    ("android-app://com.google.android.gm/", "/", "email", "Gmail"),
    ("https://l.facebook.com/l.php", "/", "social", "Facebook"),
    ("https://t.co/abc", "/", "social", "X"),
    ("https://www.pinterest.de/", "/", "social", "Pinterest"),
    ("https://blog.example.org/poems", "/", "referral", "blog.example.org"),
    ("https://www.google.com/", "/?gclid=1", "ads", "Google"),
    ("", "/?utm_source=facebook&utm_medium=paid_social&utm_campaign=spring", "ads", "Facebook"),
    ("", "/?utm_source=google&utm_medium=cpc", "ads", "Google"),
    ("", "/?utm_source=news&utm_medium=push", "campaign", "news"),
    ("", "/?utm_source=acme&utm_medium=podcast&utm_campaign=Spring+poems", "campaign", "Spring poems"),
    ("https://mail.google.com/", "/?utm_source=letter&utm_medium=email&utm_campaign=may", "email", "letter"),
    ("", "/?utm_source=newsletter", "email", "newsletter"),
    ("", "/?utm_source=instagram&utm_medium=social", "social", "Instagram"),
    ("", "/?utm_source=google&utm_medium=organic", "search", "Google"),
    ("", "/?utm_campaign=%3Cscript%3Ealert(1)%3C/script%3E", "campaign", "script alert 1 script"),
    ("https://docs.google.com/document/d/1", "/", "referral", "Google Docs"),
    ("https://docs.google.com/", "/c/harbour/", "share", "Google Docs"),
    ("https://webmail.example.org/", "/", "email", "webmail.example.org"),
    ("https://mailing.example.org/", "/", "referral", "mailing.example.org"),
    ("https://issuer1.wlp-acs.com/acs", "/me/credit/", "direct", ""),
    ("android-app://com.openai.chatgpt", "/", "ai", "ChatGPT"),
    ("android-app://ai.perplexity.app.android/", "/", "ai", "Perplexity"),
    ("android-app://com.example.unknown/", "/", "referral", "com.example.unknown"),
    ("https://edgeservices.bing.com/", "/", "ai", "Copilot"),
    ("", "/?utm_source=duck.ai", "ai", "Duck.ai"),
    ("", "/?utm_source=acme&utm_medium=llm", "ai", "acme"),
    ("", "/?utm_source=chatgpt.com&utm_medium=cpc", "ads", "ChatGPT"),
    ("", "/?utm_source=instagram", "social", "Instagram"),
    ("", "/?utm_source=instagram&utm_campaign=may", "campaign", "may"),
    ("", "/?utm_medium=print&utm_source=leaflet", "campaign", "leaflet"),
    ("", "/?utm_source=stripe", "campaign", "stripe"),
    ("", "/?fbclid=1", "social", "Facebook"),
    ("https://l.instagram.com/", "/?fbclid=1", "social", "Instagram"),
    ("", "/c/harbour/?igsh=1", "share", "Instagram"),
    ("https://www.google.com/", "/?srsltid=1", "search", "Google"),
    ("", "/?twclid=1", "ads", "X"),
    ("https://t.co/abc", "/?ref=K7PM&utm_medium=cpc", "referral", "K7PM"),
    ("https://t.co/abc", "/c/harbour/?ref=K7PM", "share", "K7PM"),
    ("https://t.co/abc", "/c/harbour/", "share", "X"),
    ("https://blog.example.org/", "/c/harbour/", "share", "blog.example.org"),
    ("https://www.google.com/", "/c/harbour/", "search", "Google"),
    ("https://www.google.com/", "/join/ABCD/", "invite", "ABCD"),
]


@pytest.mark.parametrize(("referrer", "address", "channel", "source"), ARRIVALS)
def test_an_arrival_has_a_channel_and_a_source(settings, referrer, address, channel, source):
    settings.BASE_URL = SITE
    parts = urlsplit(address)
    query = dict(parse_qsl(parts.query))
    folder, _, rest = parts.path.strip("/").partition("/")
    known = {"share_target": rest if folder == "c" else "", "invite": rest if folder == "join" else ""}
    found = classify(referrer=referrer, query=query, share_code=query.get("ref", ""), **known)
    assert found == (channel, source)


def test_hosts_below_one_of_ours_are_ours_where_it_is_said_so(settings):
    """As Django does: by a dot in front."""
    settings.ALLOWED_HOSTS = ["office.example", ".frames.example"]
    hosts = ("office.example", "blog.office.example", "frames.example", "blog.frames.example", "otherframes.example")
    assert [outside_host(f"https://{host}/") for host in hosts] == ["", hosts[1], "", "", hosts[4]]


def test_every_row_of_the_table_says_what_it_is_and_where_that_stands():
    with TABLE.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) > 100
    assert len({row["host"] for row in rows}) == len(rows)
    assert {row["channel"] for row in rows} == {"search", "ai", "social", "email", "referral", "ads", "none"}
    assert all(row["name"] and row["reference"] and row["host"] == row["host"].lower() for row in rows)
    for row in rows:
        scheme = "android-app" if row["host"].split(".")[0] in ("com", "org") else "https"
        host = row["host"] if "." in row["host"] else f"{row['host']}.com"
        found = outside_host(f"{scheme}://{host}/")
        assert bool(found) == (row["channel"] != "none"), row
        arrival = classify(referrer=f"{scheme}://{host}/")
        assert arrival == ((row["channel"], row["name"]) if found else (Channel.DIRECT, ""))


@pytest.mark.parametrize(
    "part", ["a", "@", "%40", "%25", "a@", "1", "a1", "A-", "/", "/a", ".", "a.", ";", " ", "😀", "://"]
)
def test_nobody_makes_a_text_slow(part):
    """Of 4,000 characters, in every place where somebody may write what is kept."""
    first_touch.arrival("https://a.example/", {}, "/", leads=True)  # which loads every page of ours once
    long, began = part * (4_000 // len(part)), time.process_time()
    for path in (long, f"/{long}", f"/key/{long}/key/"):
        shapes.shape(None, path)
    shapes.agent(long)
    query = dict.fromkeys(("utm_source", "utm_medium", "utm_campaign", "ref", "code", "gclid"), long)
    for referrer in (long, f"https://{long}.example/", f"https://a.example/{long}", f"http://localhost:8000/{long}"):
        first_touch.arrival(referrer, query, f"/join/{long}/", leads=True)
        dictionaries.origin(referrer[:600], f"utm_source={long}"[:1000], "/")
    assert time.process_time() - began < 0.2


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("/wp-login.php", "/wp-login.php"),
        ("/poems/of-the-sea/12", "/poems/of-the-sea/…"),
        ("/o/550e8400-e29b-41d4-a716-446655440000/x", "/o/…/x"),
        ("/o/deadbeefdeadbeef", "/o/…"),
        ("/o/dQw4w9WgXcQdQw4w9", "/o/…"),
        ("/a;jsessionid=1F2A/b;x", "/a/b"),
        ("/jane%2540example.org/jane%25252540example.org/jane＠example.org/jane%ef%bc%a0x", "/…/…/…/…"),
        ("/account/password/reset/k\u202eey/1-a-secret/", "/account/password/reset/key/…/"),
        ("/JOIN/A2BC3DE4FGHJ/", "/JOIN/…/"),
        ("//join//A2BC3DE4FGHJ/", "//join//…/"),
        ("/two\r\nlines\u2028and\u202emore", "/twolinesandmore"),
    ],
)
def test_an_address_is_kept_without_what_stands_for_somebody(path, kept):
    assert shapes.shape(None, path) == (kept, False)


def test_what_is_quickly_seen_to_be_ordinary_has_nothing_to_hide():
    """Of paths of parts that come near to each rule."""
    chance, kinds = random.Random(4), [0, 0]
    parts = [
        "key",
        "Owner",
        "c",
        "1.2.3.4",
        "abed.cdef.feed",
        "ab12.cdef.3456",
        "join",
        "make",
        "",
        ".",
        "a.b",
        "~x",
        "-",
        "_",
        "wp-login.php",
        "123",
        "a123",
        "a1234",
        "１２３",
    ]
    parts += [
        "0" * 15,
        "abcdef012345678",
        "deadbeefdeadbeef",
        "of-the-sea-and-more",
        "@",
        "%40",
        ";a",
        "é",
        "\u202e",
        "A b",
    ]
    for _ in range(20_000):
        few = ["".join(chance.choices(parts, k=chance.choice((1, 1, 1, 2)))) for _ in range(chance.randrange(5))]
        path = "/".join(["", *few][chance.random() < 0.1 :])
        is_ordinary = bool(shapes._ordinary().fullmatch(path))
        slow = shapes.without_names(path, shapes.LONGEST_PATH)
        assert shapes.shape(None, path)[0].removesuffix("…") == slow.removesuffix("…"), path
        kinds[is_ordinary] += 1
    assert min(kinds) > 2_000


def test_words_and_agents_are_kept_without_what_stands_for_somebody():
    words = "spring-sale-2026-de 123456 Jane@example.org jane%2540example.org dQw4w9WgXcQdQw4w9 two\nlines"
    assert shapes.word(words) == "spring-sale-2026-de two lines"
    for kept in ("spring_sale_2026", "newsletter-2026-11", "spring_sale_2026_de-v2", "SPRING.SALE_2026-Mail"):
        assert shapes.word(kept) == kept
    for key in ("dQw4w9Wg_cQdQw4-w9xYz", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0.4f-x", "k3j9-x8q2-m4n7-p1z6"):
        assert shapes.word(f"a {key} b") == "a b"
    numbers = {
        "4111 1111 1111 1111": "a b",
        "4111.1111.1111.1111": "a b",
        "4111/1111/1111/1111": "a b",
        "+49-170-1234567": "a + b",
        "12_34_56_789": "a b",
    }
    assert {number: shapes.word(f"a {number} b") for number in numbers} == numbers
    assert shapes.word("a 550e8400-e29b-41d4-a716-446655440000 deadbeefdeadbeef b") == "a b"
    for text in (
        "Mozilla/5.0 (compatible; Crusader/1.0; +mailto:jane@example.org)",
        "jane@example.org",
        "a%40b.example",
    ):
        row = dictionaries._agent(f"{text}\r\n\u202e")
        assert row[0].isprintable() and row[1] == "bot" and not {"jane", "a%40b"} & set(" ".join(map(str, row)).split())
        assert "jane" not in repr(row) and "%40" not in repr(row)
    agents = {
        "IMEI/352099001761481": "IMEI/0",
        "35-209900-176148-1": "0",
        "550e8400-e29b-41d4-a716-446655440000": "0",
        "0123456789abcdef01": "0",
        "+49 170 1234567": "+0",
        "2001:db8::9": "0",
        "+http://203.0.113.9/bot": "+http://0/bot",
        "rv:1.9.2.13) Gecko/20100101 Chrome/128.0.0.0": "rv:1.9.2.13) Gecko/20100101 Chrome/128.0.0.0",
    }
    assert {told: shapes.agent(f"Thing/1.0 ({told}) x") for told in agents} == {
        told: f"Thing/1.0 ({kept}) x" for told, kept in agents.items()
    }
    assert dictionaries._agent("jane@example.org")[2] == "", "nor is a bot called by it"

"""Who the visitors of the demo are: browsers, where they come from, what they look at, and the bots."""

from typing import NamedTuple
from urllib.parse import urlencode

from sitestats.models import Identity

_KHTML = "AppleWebKit/537.36 (KHTML, like Gecko)"
_BOT = f"Mozilla/5.0 {_KHTML}; compatible;"


class Browser(NamedTuple):
    text: str
    weight: int


class Source(NamedTuple):
    referrer: str
    weight: int
    query: tuple[tuple[str, str], ...] = ()

    @property
    def text(self) -> str:
        return urlencode(self.query)


class Bot(NamedTuple):
    """From how many addresses a day, how many pages each, how many seconds apart, which part of them is not there."""

    agent: str
    addresses: int
    pages: int
    every: float
    lost: float = 0.02
    identity: int = Identity.UNCHECKED
    reads_robots: bool = True


BROWSERS = (
    Browser(f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_KHTML} Chrome/142.0.0.0 Safari/537.36", 24),
    Browser(f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {_KHTML} Chrome/142.0.0.0 Safari/537.36", 9),
    Browser("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0", 6),
    Browser(
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 "
        "Safari/605.1.15",
        8,
    ),
    Browser(
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 "
        "Mobile/15E148 Safari/604.1",
        27,
    ),
    Browser(f"Mozilla/5.0 (Linux; Android 10; K) {_KHTML} Chrome/142.0.0.0 Mobile Safari/537.36", 20),
    Browser(
        "Mozilla/5.0 (iPad; CPU OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 "
        "Mobile/15E148 Safari/604.1",
        6,
    ),
)
SOURCES = (
    Source("", 30),
    Source("https://www.google.com/", 26),
    Source("https://www.bing.com/", 4),
    Source("https://duckduckgo.com/", 3),
    Source("https://www.instagram.com/", 9),
    Source("https://www.pinterest.com/", 6),
    Source("https://www.reddit.com/r/poetry/", 4),
    Source("https://chatgpt.com/", 5, (("utm_source", "chatgpt.com"),)),
    Source("https://www.perplexity.ai/", 2),
    Source("https://gemini.google.com/", 1),
    Source("", 4, (("utm_source", "letter"), ("utm_medium", "email"), ("utm_campaign", "Autumn poems"))),
    Source("https://www.google.com/", 4, (("gclid", "demo"), ("utm_campaign", "Gifts"))),
    Source("https://poetry-tools.example/tools/", 2),
)
LANDINGS = ("/", "/", "/", "/make/", "/make/", "/wall/", "/stories/winter/")
WALKS = ("/make/", "/make/", "/wall/", "/", "/account/signup/", "/terms/", "/privacy/")
SCANNED = ("/wp-login.php", "/.env", "/xmlrpc.php", "/.git/config", "/old-poems/", "/phpmyadmin/")
VERIFIED, CLAIMED = Identity.VERIFIED, Identity.CLAIMED
BOTS = (
    Bot(f"{_BOT} Googlebot/2.1; +http://www.google.com/bot.html) Chrome/142.0.0.0", 3, 14, 40, 0.02, VERIFIED),
    Bot(f"{_BOT} bingbot/2.0; +http://www.bing.com/bingbot.htm) Chrome/142.0.0.0", 2, 9, 60, 0.03, VERIFIED),
    Bot(f"{_BOT} GPTBot/1.3; +https://openai.com/gptbot", 3, 22, 6, 0.06, VERIFIED),
    Bot(f"{_BOT} GPTBot/1.2; +https://openai.com/gptbot", 1, 12, 1, 0.7, CLAIMED, False),
    Bot(f"{_BOT} OAI-SearchBot/1.3; +https://openai.com/searchbot", 2, 6, 30, 0.02, VERIFIED),
    Bot(f"{_BOT} ChatGPT-User/1.0; +https://openai.com/bot", 6, 1, 5, 0.05, VERIFIED, False),
    Bot(f"{_BOT} ClaudeBot/1.0; +claudebot@anthropic.com)", 2, 18, 9, 0.04, VERIFIED),
    Bot(f"{_BOT} Claude-User/1.0; +Claude-User@anthropic.com)", 3, 1, 5, 0.02, VERIFIED),
    Bot(f"{_BOT} PerplexityBot/1.0; +https://perplexity.ai/perplexitybot)", 2, 7, 12, 0.03, VERIFIED),
    Bot("Mozilla/5.0 (compatible; Bytespider; spider-feedback@bytedance.com)", 2, 20, 2, 0.2, reads_robots=False),
    Bot("CCBot/2.0 (https://commoncrawl.org/faq/)", 1, 6, 25, 0.04, VERIFIED),
    Bot("Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)", 2, 11, 20, 0.05, VERIFIED),
    Bot("Mozilla/5.0 (compatible; SemrushBot/7~bl; +http://www.semrush.com/bot.html)", 1, 8, 20, 0.06),
    Bot("facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)", 4, 1, 5, 0, reads_robots=False),
    Bot("Mozilla/5.0 (compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)", 1, 60, 900, 0, reads_robots=False),
    Bot("Mozilla/5.0 zgrab/0.x", 3, 14, 0.4, 0.95, reads_robots=False),
    Bot("python-requests/2.32.3", 2, 9, 1, 0.6, reads_robots=False),
)

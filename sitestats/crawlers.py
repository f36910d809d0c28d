"""What bots asked for, by operator and purpose: its cost, whether it kept to robots.txt, and whom it sent back."""

from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Sum

from sitestats import figures
from sitestats.agents import Kind
from sitestats.asking import Asked
from sitestats.figures import UNKNOWN, Figures
from sitestats.models import Crawl, Identity, UserAgent
from tunables import values

# Whose assistant sends people: the source of a visit -> the operator of the bots
ASSISTANTS = {
    "ChatGPT": "OpenAI",
    "Claude": "Anthropic",
    "Copilot": "Microsoft",
    **dict.fromkeys(("Gemini", "NotebookLM", "Google AI Studio"), "Google"),
    "DeepSeek": "DeepSeek",
    "Le Chat": "Mistral",
    "Meta AI": "Meta",
    "Kimi": "Moonshot",
    "Qwen": "Alibaba",
    "Duck.ai": "DuckDuckGo",
    "Doubao": "ByteDance",
    "Grok": "xAI",
    **{same: same for same in ("Perplexity", "Manus", "Exa", "Andi", "You.com", "Phind", "iAsk", "Liner")},
}
# Those of which no bot is known
WITHOUT_BOTS = {
    *("Poe", "Z.ai", "Felo", "Genspark", "Pi", "Komo", "Consensus", "T3 Chat", "Monica", "LMArena", "Yuanbao"),
    *("Character.ai", "Lumo", "Mercury", "Elicit", "Scira"),
}
_ASSISTANTS = "AND f.origin = ANY(ARRAY(SELECT id FROM sitestats_origin WHERE channel = 'ai'))"


@dataclass
class Crawler:
    operator: str
    purpose: str
    figures: Figures = field(default_factory=Figures)
    verified: int = 0  # of the answers, those to addresses that the operator publishes
    claimed: int = 0
    robots_txt: int = 0
    disallowed: int = 0
    sent: int | None = None  # visitors; told once, on the first row of an operator
    hour: Decimal = Decimal(0)  # the price of a server hour
    before: Figures = UNKNOWN  # in the period before

    @property
    def purpose_words(self) -> str:
        return "SEO" if self.purpose == "seo" else self.purpose.capitalize()

    @property
    def cost(self) -> Decimal:
        return self.hour * self.figures.microseconds / 3_600_000_000

    @property
    def obeys(self) -> bool | None:
        """None: it never read what it may not have."""
        return False if self.disallowed else True if self.robots_txt else None


def crawlers(asked: Asked) -> list[Crawler]:
    """The busiest operator first, and of each its busiest purpose."""
    bots, found, hour = asked.bots, {}, values.get("server_hour_usd")

    def of(operator: str, purpose: str) -> Crawler:
        return found.setdefault((operator, purpose), Crawler(operator, purpose, hour=hour))

    for each in figures.read(bots, "operator", "purpose", "identity"):
        one = of(each.by["operator"], each.by["purpose"])
        one.figures += each
        one.verified += each.answers * (each.by["identity"] == Identity.VERIFIED)
        one.claimed += each.answers * (each.by["identity"] == Identity.CLAIMED)
    if not (asked.path or asked.source):
        for operator, purpose, read, closed in _robots(bots):
            one = of(operator, purpose)
            one.robots_txt += read
            one.disallowed += closed
    whole: dict[str, int] = {}
    for one in found.values():
        whole[one.operator] = whole.get(one.operator, 0) + one.figures.answers
    rows = sorted(found.values(), key=lambda one: (-whole[one.operator], one.operator, -one.figures.answers))
    sent = sent_back(asked)
    if Kind.AI in bots.kinds:
        rows += [Crawler(operator, "") for operator in sorted(sent) if operator not in whole]  # none of its bots came
    for one in rows:
        one.sent = sent.pop(one.operator, None)
    return rows


def sent_back(asked: Asked) -> dict[str, int]:
    """Operator -> daily visitors who came from its assistant."""
    found: dict[str, int] = {}
    for each in figures.read(asked.but(traffic=""), "source", where=_ASSISTANTS):
        if operator := ASSISTANTS.get(each.by["source"]):
            found[operator] = found.get(operator, 0) + each.visitors
    return found


def _robots(asked: Asked):
    """How often robots.txt was read, and how often what it closes was asked for."""
    days = Crawl.objects.filter(day__range=(asked.period.first, asked.period.last))
    sums = {each["agent"]: each for each in days.values("agent").annotate(read=Sum("robots_txt"), shut=Sum("closed"))}
    agents = UserAgent.objects.filter(pk__in=sums, kind__in=asked.kinds)
    for agent in agents.filter(device=asked.device) if asked.device else agents:
        each = sums[agent.pk]
        yield agent.operator or agent.name or "Not told", agent.purpose, each["read"], each["shut"]

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
MANY = 2_000  # rows of an operator's purpose and identity: more are names that somebody invents
_BY = ("operator", "purpose", "identity")
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
    aside: int = 0  # of either sort, not checked, where others of the operator are verified: it is not judged by them
    sent: int | None = None  # visitors; told once, on the first row of an operator
    hour: Decimal = Decimal(0)  # the price of a server hour
    before: Figures = UNKNOWN  # in the period before

    @property
    def purpose_words(self) -> str:
        return "SEO" if self.purpose == "seo" else self.purpose.capitalize()

    @property
    def unchecked(self) -> int:
        """Of the answers, those to addresses that could not be checked."""
        return self.figures.answers - self.verified - self.claimed

    @property
    def identities(self) -> list[tuple[str, int]]:
        """What its answers are, each with how many of them: `[("Verified", 875), ("Not checked", 3)]`."""
        numbers = {Identity.VERIFIED: self.verified, Identity.CLAIMED: self.claimed, Identity.UNCHECKED: self.unchecked}
        return [(identity.label, number) for identity, number in numbers.items() if number]

    @property
    def cost(self) -> Decimal:
        return self.hour * self.figures.microseconds / 3_600_000_000

    @property
    def obeys(self) -> bool | None:
        """None: it never read what it may not have."""
        return False if self.disallowed else True if self.robots_txt else None

    @property
    def verdict(self) -> str:
        """On robots.txt; empty for an operator whose bots did not come."""
        if self.obeys is not None:
            return "Obeyed" if self.obeys else "Not obeyed"
        return "" if not self.figures.answers else "Not told" if self.aside else "Not read"


def crawlers(asked: Asked, limit: int | None = None) -> list[Crawler]:
    """The busiest operator first, and of each its busiest purpose; where there are very many, only so many."""
    bots, found, hour = asked.bots, {}, values.get("server_hour_usd")

    def of(operator: str, purpose: str) -> Crawler:
        return found.setdefault((operator, purpose), Crawler(operator, purpose, hour=hour))

    rows, is_whole = _rows(bots, limit)
    for each in rows:
        one = of(each.by["operator"], each.by["purpose"])
        one.figures += each
        one.verified += each.answers * (each.by["identity"] == Identity.VERIFIED)
        one.claimed += each.answers * (each.by["identity"] == Identity.CLAIMED)
    if not (asked.path or asked.source):
        verifiable = {one.operator for one in found.values() if one.verified}
        for operator, purpose, each in _robots(bots):
            if not is_whole and (operator, purpose) not in found:
                continue
            one, aside = of(operator, purpose), operator in verifiable
            one.robots_txt += each["read"] - aside * each["read_unchecked"]
            one.disallowed += each["shut"] - aside * each["shut_unchecked"]
            one.aside += aside * (each["read_unchecked"] + each["shut_unchecked"])
    whole: dict[str, int] = {}
    for one in found.values():
        whole[one.operator] = whole.get(one.operator, 0) + one.figures.answers
    told = sorted(found.values(), key=lambda one: (-whole[one.operator], one.operator, -one.figures.answers))
    sent = sent_back(asked)
    if Kind.AI in bots.kinds:
        told += [Crawler(operator, "") for operator in sorted(sent) if operator not in whole]  # none of its bots came
    for one in told:
        one.sent = sent.pop(one.operator, None)
    return told


def cost(asked: Asked) -> Decimal:
    """What the server time of all of them comes to."""
    return Crawler("", "", figures.total(asked.bots), hour=values.get("server_hour_usd")).cost


def _rows(bots: Asked, limit: int | None) -> tuple[list[Figures], bool]:
    """By operator, purpose and identity, and whether these are all: of very many, those of the busiest so many."""
    rows = list(figures.read(bots, *_BY, limit=limit and MANY + 1))
    if not limit or len(rows) <= MANY:
        return rows, True
    busiest = figures.read(bots, *_BY[:2], order="views DESC, errors DESC, operator, purpose", limit=limit)
    return list(figures.read(bots, *_BY, among=[tuple(each.by.values()) for each in busiest])), False


def sent_back(asked: Asked) -> dict[str, int]:
    """Operator -> daily visitors who came from its assistant."""
    found: dict[str, int] = {}
    for each in figures.read(asked.but(traffic=""), "source", where=_ASSISTANTS):
        if operator := ASSISTANTS.get(each.by["source"]):
            found[operator] = found.get(operator, 0) + each.visitors
    return found


def _robots(asked: Asked):
    """Operator, purpose and how often robots.txt was read and what it closes asked for, in all and unchecked."""
    days = Crawl.objects.filter(day__range=(asked.period.first, asked.period.last))
    numbers = {"read": Sum("robots_txt"), "read_unchecked": Sum("robots_txt_unchecked")}
    numbers |= {"shut": Sum("closed"), "shut_unchecked": Sum("closed_unchecked")}
    sums = {each["agent"]: each for each in days.values("agent").annotate(**numbers)}
    agents = UserAgent.objects.filter(pk__in=sums, kind__in=asked.kinds)
    for agent in agents.filter(device=asked.device) if asked.device else agents:
        yield agent.operator or agent.name or "Not told", agent.purpose, sums[agent.pk]

"""Cuts: what they are made of, how far they are, what they cost, what came out, who sees them."""

import secrets
from datetime import timedelta
from decimal import Decimal

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import CharField, Exists, F, Func, OuterRef, Q, Subquery, Value
from django.db.models.functions import Cast, Coalesce, Concat
from django.utils import timezone

from catalog.models import Asset, Category, FrameDesign, Genre, Mood, Poem, Style
from files.models import StoredFile
from jobs.models import Job
from ledger.models import Entry, Transaction
from musicpool.models import Track
from pricing.models import BOOKED, ProviderCall

# Services whose calls may be wishes of their own (studio/wishes.py), charged before the cut; of music only the demo's
# are, as a track that a real cut waits for is ours to pay
WISHED = ("poem", "image", "music")


def new_slug() -> str:
    """The address of a share page: 11 characters, 66 bits, so that nobody guesses one."""
    return secrets.token_urlsafe(8)


class CutQuerySet(models.QuerySet):
    def kept(self):
        """Those that nobody has deleted."""
        return self.filter(deleted_at__isnull=True)

    def shared(self):
        """What everybody with its address may see; a deleted member's cuts are shown no more."""
        return self.kept().filter(state=Cut.State.DONE, shared=True, owner__deleted_at=None)

    def on_the_wall(self):
        """What everybody may see without an address: newest first."""
        return self.shared().filter(on_wall=True).order_by("-finished_at", "-id")

    def with_choices(self):
        return self.select_related("frame", "style", "category", "track__asset", "own_music__file")

    def with_reversal(self):
        """`reversed_at`: when its charge was given back."""
        undone = Transaction.objects.filter(notable=True, reverses__external_id=_charge())
        return self.annotate(reversed_at=Subquery(undone.values("posted_at")[:1]))

    def with_cost(self):
        """`cost`: what providers bill for it and for its model-made parts; as they report, else as the price book
        expects. And what met the charges of both: `paid` credit, which is revenue, or given credit (`promotional`),
        which is not. Nothing met a reversed one.
        """
        calls = ProviderCall.objects.filter(cut_id=OuterRef("pk"), state=ProviderCall.State.ANSWERED)
        stands = ~Exists(Transaction.objects.filter(notable=True, reverses=OuterRef("transaction_id")))
        entries = Entry.objects.filter(stands, _charges())
        return self.with_reversal().annotate(
            cost=_total(calls, BOOKED),
            paid=_total(entries.filter(account__name__startswith="revenue/"), -F("amount")),
            promotional=_total(entries.filter(account__name__startswith="promo_usage/"), -F("amount")),
        )


def _charge():
    """The external id of the charge of the cut in the outer query."""
    return Concat(Value("cut:"), Cast(OuterRef("pk"), CharField()), Value(":charge"))


def _charges():
    """A condition on entries: of one of its charges, which are its own and those of the wishes its calls answered."""
    names = Func(ArraySubquery(_wished(OuterRef(OuterRef("pk")))), _charge(), function="array_append")
    facts = {"template": "%(expressions)s)", "arg_joiner": " = ANY(", "output_field": models.BooleanField()}
    return Func(F("transaction__external_id"), names, **facts)  # by the index, which an "or" or a join would not be


def _wished(cut_id):
    """The external ids of the charges of the wishes that the calls of a cut answered: their keys name the job."""
    calls = ProviderCall.objects.filter(cut_id=cut_id, service_id__in=WISHED)
    job = Func(F("key"), Value(":"), Value(2), function="split_part", output_field=CharField())
    return calls.values_list(Concat(Value("wish:"), job, Value(":charge")), flat=True)


def _total(rows, amount):
    """The sum of `amount` over rows, 0 for none; not an aggregate to Django, which would group by each row."""
    money = models.DecimalField(max_digits=20, decimal_places=6)
    total = rows.order_by().values_list(Func(amount, function="SUM"))
    return Coalesce(Subquery(total, output_field=money), Value(Decimal(0), output_field=money))


class Cut(models.Model):
    """One render of a poem: a clip with its poster, a framed picture and a print.

    It belongs to a member (`owner`) or to an anonymous visitor (`visitor`, a random id kept in the browser session).
    What it was made of is copied, so that a later change of the poem or the price changes no cut.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "Waiting"
        RENDERING = "rendering", "Rendering"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Stopped"

    FILES = ("video", "poster", "picture", "print_sheet")

    slug = models.CharField(max_length=16, unique=True, default=new_slug)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="cuts")
    visitor = models.UUIDField(null=True)
    form_key = models.UUIDField(unique=True, help_text="One per form shown: a double click makes one cut.")

    # What it is made of
    poem = models.ForeignKey(Poem, models.SET_NULL, null=True, related_name="cuts")
    title = models.CharField(max_length=120)
    author = models.CharField(max_length=120, blank=True)
    text = models.TextField()
    poem_hash = models.UUIDField(null=True, db_index=True, help_text="Which poem it is, also when its words are gone.")
    language = models.CharField(max_length=12)
    category = models.ForeignKey(Category, models.PROTECT, null=True)
    images = models.ManyToManyField(Asset, through="CutImage", related_name="cuts")
    mood = models.CharField(max_length=12, choices=Mood)
    genre = models.CharField(max_length=12, choices=Genre)
    frame = models.ForeignKey(FrameDesign, models.PROTECT)
    style = models.ForeignKey(Style, models.PROTECT)
    track = models.ForeignKey(Track, models.PROTECT, null=True, related_name="cuts")
    is_demo = models.BooleanField(default=False, help_text="A visitor’s, of the demo: no figure counts it.")
    own_music = models.ForeignKey(Asset, models.PROTECT, null=True, related_name="+", help_text="Instead of a track.")
    made_with = ArrayField(models.CharField(max_length=20), default=list, help_text="Generated parts: poem, image.")

    # How far it is
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    job = models.ForeignKey(Job, models.SET_NULL, null=True)
    error = models.TextField(blank=True, help_text="A sentence for the person who made it.")
    queued_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    provider_ms = models.PositiveIntegerField(default=0)
    render_ms = models.PositiveIntegerField(default=0)

    # What it costs
    service = models.CharField(max_length=40)
    price = models.DecimalField(max_digits=20, decimal_places=6, default=0)
    hold_id = models.BigIntegerField(null=True)

    # What came out
    video = models.OneToOneField(StoredFile, models.PROTECT, null=True, related_name="+")
    poster = models.OneToOneField(StoredFile, models.PROTECT, null=True, related_name="+")
    picture = models.OneToOneField(StoredFile, models.PROTECT, null=True, related_name="+")
    print_sheet = models.OneToOneField(StoredFile, models.PROTECT, null=True, related_name="+")
    duration_ms = models.PositiveIntegerField(null=True)

    # Who sees it
    shared = models.BooleanField(default=False, help_text="Its share page is open to everybody.")
    on_wall = models.BooleanField(default=False, help_text="It shows among the public cuts.")
    views = models.PositiveIntegerField(default=0)
    shares = models.PositiveIntegerField(default=0)
    downloads = models.PositiveIntegerField(default=0)
    barred_at = models.DateTimeField(null=True, help_text="Staff took it off the wall: it does not come back.")
    taken_down_at = models.DateTimeField(null=True, help_text="Staff closed its share page: nobody else sees it.")
    shown_before = models.CharField(
        max_length=7, blank=True, db_default="", help_text="Its visibility when staff first stepped in."
    )
    created_at = models.DateTimeField(default=timezone.now)
    deleted_at = models.DateTimeField(null=True)
    purged_at = models.DateTimeField(null=True, help_text="Its files and its words are gone; what it cost stays.")

    objects = CutQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(owner__isnull=True) ^ Q(visitor__isnull=True), name="studio_cut_belongs_to_one"
            ),
            models.CheckConstraint(condition=Q(price__gte=0), name="studio_price_not_below_zero"),
            models.CheckConstraint(
                condition=~Q(state="done") | Q(purged_at__isnull=False) | Q(video__isnull=False, picture__isnull=False),
                name="studio_done_has_files_until_purged",
            ),
        ]
        indexes = [
            models.Index(fields=["owner", "-id"], condition=Q(deleted_at__isnull=True), name="studio_cuts_of_owner"),
            models.Index(fields=["visitor", "-id"], condition=Q(visitor__isnull=False), name="studio_cuts_of_visitor"),
            models.Index(
                fields=["-finished_at", "-id"], condition=Q(on_wall=True, deleted_at__isnull=True), name="studio_wall"
            ),
            models.Index(fields=["-created_at", "-id"], name="studio_cuts_latest"),
            models.Index(
                fields=["queued_at"], condition=Q(state__in=("queued", "rendering")), name="studio_cuts_under_way"
            ),
            models.Index(
                fields=["deleted_at"],
                condition=Q(deleted_at__isnull=False, purged_at__isnull=True),
                name="studio_cuts_to_purge",
            ),
        ]

    def __str__(self):
        return self.title or f"Cut {self.pk}"

    def get_absolute_url(self):
        """Its page for whoever made it: progress, result, sharing."""
        return f"/cuts/{self.slug}/"

    @property
    def share_path(self) -> str:
        return f"/c/{self.slug}/"

    @property
    def is_under_way(self) -> bool:
        return self.state in (self.State.QUEUED, self.State.RENDERING)

    @property
    def lines(self) -> list[str]:
        return self.text.strip().splitlines()

    @property
    def music(self) -> Asset | None:
        """What plays in it: its maker's own, or a track of the pool."""
        return self.own_music or (self.track and self.track.asset)

    @property
    def visibility(self) -> str:
        """`private`, `link` (whoever has its address) or `public` (on the wall, too)."""
        if not self.shared:
            return "private"
        return "public" if self.on_wall else "link"

    @property
    def may_be_public(self) -> bool:
        """Whether it may stand on the wall: a member answers for it, and staff have not taken it off."""
        return self.owner_id is not None and self.barred_at is None

    @property
    def charged(self) -> Decimal:
        """What its maker paid; nothing for what was not made, or was given back. Of a row `with_reversal`."""
        return self.price if self.state == self.State.DONE and not self.reversed_at else Decimal(0)

    @property
    def charge_ids(self) -> list[str]:
        """What the ledger calls its charges: its own, and those of its model-made parts."""
        return [f"cut:{self.pk}:charge", *_wished(self.pk)]

    @property
    def for_parts(self) -> Decimal:
        """What was paid for its model-made parts, before it; of a row `with_cost`."""
        return max(self.paid + self.promotional - self.charged, Decimal(0))

    @property
    def margin(self) -> Decimal:
        """What is left of paid credit after the providers; of a row `with_cost`."""
        return self.paid - self.cost

    @property
    def render_seconds(self) -> float:
        return self.render_ms / 1000

    @property
    def provider_seconds(self) -> float:
        return self.provider_ms / 1000

    @property
    def waited(self):
        """From the click to the first stroke of the render."""
        return self.started_at and max(timedelta(0), self.started_at - self.queued_at)


class CutImage(models.Model):
    """One image of a cut, in its place."""

    cut = models.ForeignKey(Cut, models.CASCADE)
    asset = models.ForeignKey(Asset, models.PROTECT)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["cut", "position"], name="studio_image_in_place")]

    def __str__(self):
        return f"{self.cut_id}: {self.asset_id}"


class SizedPicture(models.Model):
    """A cut in a size that a network wants, as a picture (studio/sizes.py) or a story clip (studio/stories.py); made
    when somebody first asks for it."""

    cut = models.ForeignKey(Cut, models.CASCADE, related_name="sized")
    size = models.CharField(max_length=12)
    file = models.OneToOneField(StoredFile, models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["cut", "size"], name="studio_size_once")]

    def __str__(self):
        return f"{self.cut_id}: {self.size}"

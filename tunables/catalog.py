"""Everything that staff tune at run time: the only list. Rooms add their keys here, never constants in code."""

from decimal import Decimal

from django.conf import settings

from tunables.entries import SECURITY, TOPUP, Tunable
from tunables.entries import integer as _integer
from tunables.entries import usd as _usd

__all__ = ["CATALOG", "SECURITY", "TOPUP", "Tunable"]

_TUNABLES = (
    _usd("signup_grant_usd", "1", "Granted credit for each new member. 0 gives none.", maximum="100"),
    _usd(
        "invite_grant_usd",
        "2",
        "Granted credit for who signs up with an invite code, besides the other.",
        maximum="100",
    ),
    _usd("topup_min_usd", "5", "The smallest top-up. Stripe itself takes no less than $0.50.", minimum="0.50"),
    _usd("topup_max_usd", "500", "The largest single top-up.", minimum="1"),
    Tunable(
        "topup_presets_usd",
        "usd_list",
        (Decimal(5), Decimal(20), Decimal(50)),
        "Amounts offered as buttons, in rising order, within the smallest and the largest top-up.",
        minimum=Decimal("0.50"),
        maximum=Decimal(10_000),
    ),
    Tunable(
        "topup_bonus_tiers",
        "bonus_tiers",
        ((Decimal(20), Decimal(1)), (Decimal(50), Decimal(4))),
        "amount:bonus. A top-up of at least the amount adds the bonus as granted credit; the highest tier counts.",
        minimum=Decimal("0.01"),
        maximum=Decimal(10_000),
    ),
    _usd("topup_daily_limit_usd", "1000", "What one member may top up within 24 hours.", minimum="1", maximum="100000"),
    _usd(
        "referral_reward_usd",
        "2",
        "Granted credit to both, after the first paid top-up of whom a member brought. 0 gives none.",
        maximum="100",
    ),
    Tunable("auto_topup_offered", "switch", True, "Members may have credit topped up from a saved card. Off: none is."),
    _usd("auto_topup_min_threshold_usd", "1", "The smallest threshold of an auto top-up.", minimum="0.50"),
    _usd(
        "auto_topup_max_monthly_usd", "500", "The highest monthly cap of auto top-ups.", minimum="5", maximum="100000"
    ),
    Tunable(
        "auto_topup_failures_before_off",
        "integer",
        3,
        "So many failed auto top-ups in a row turn it off.",
        minimum=1,
        maximum=10,
        unit="failures",
    ),
    Tunable(
        "auto_topup_minutes_between",
        "integer",
        60,
        "From one auto top-up of a member to the next, whatever became of it.",
        minimum=60,
        maximum=10080,
        unit="minutes",
    ),
    Tunable("premium_offered", "switch", False, "Members may subscribe to Premium. Who has it keeps it either way."),
    _usd("premium_monthly_usd", "12", "Premium for a month. Members keep the price at which they began.", minimum="1"),
    _usd("premium_yearly_usd", "120", "Premium for a year. Members keep the price at which they began.", minimum="1"),
    _usd(
        "premium_credit_usd",
        "5",
        "Credit with a paid month of Premium; a discount lowers it in proportion. 0 gives none.",
    ),
    Tunable("premium_grace_days", "integer", 7, "Days Premium stays unpaid.", minimum=0, maximum=60, unit="days"),
    _usd("low_balance_alert_usd", "1", "Members get a mail when their balance falls below this. 0 sends none."),
    Tunable(
        "expiry_notice_days",
        "day_list",
        (30, 7, 1),
        "Members get a mail so many days before granted credit expires. 0 sends none.",
        minimum=1,
        maximum=365,
    ),
    _usd(
        "credit_adjust_second_person_usd",
        "100",
        "What one person may grant or remove alone in 24 hours; more waits for a second person. 0 asks each time. "
        "Invite codes count with what they may give beyond invite_grant_usd; those that are too much are not made.",
        fallback=Decimal(0),
    ),
    Tunable(
        "registration_mode",
        "choice",
        "open",
        "Who may create an account: everybody, who has an invite code, or nobody.",
        table=SECURITY,
        choices=("open", "invite", "closed"),
        fallback="closed",
        dangerous=True,
    ),
    _integer("password_min_length", 15, 12, 64, "characters", "The shortest new password. 15 is NIST’s advice."),
    _integer(
        "password_min_length_with_second_factor",
        12,
        8,
        64,
        "characters",
        "The shortest new password of somebody whose sign-in takes a second step.",
    ),
    Tunable(
        "staff_mfa_required",
        "switch",
        not settings.EMBEDDED,
        "Staff reach nothing but the page where they set up a second step until they have one.",
        table=SECURITY,
        fallback=True,
        dangerous=True,
    ),
    _integer(
        "login_failures_before_lockout",
        5,
        3,
        100,
        "failures",
        "Wrong sign-ins in a row before a pause.",
        dangerous=True,
    ),
    _integer("account_failures_per_day", 50, 10, 100, "failures", "Wrong passwords, or codes, of an account a day."),
    _integer("lockout_minutes", 15, 1, 1440, "minutes", "How long the pause after too many wrong sign-ins lasts."),
    _integer("lockouts_before_alert", 10, 2, 1000, "pauses", "So many such pauses in 15 minutes raise an alert."),
    _integer("session_hours", 336, 1, 2160, "hours", "How long members stay signed in.", fallback=24, dangerous=True),
    _integer("staff_session_hours", 12, 1, 168, "hours", "How long staff stay signed in.", dangerous=True),
    _integer(
        "session_idle_hours",
        168,
        1,
        2160,
        "hours",
        "Members are signed out after doing nothing this long.",
        dangerous=True,
    ),
    _integer(
        "staff_session_idle_hours",
        4,
        1,
        168,
        "hours",
        "Staff are signed out after doing nothing this long.",
        dangerous=True,
    ),
    _integer(
        "reauthentication_minutes",
        15,
        1,
        240,
        "minutes",
        "How long after the password was asked for again it is not asked for another time.",
        fallback=1,
    ),
    _integer("deleted_user_days", 30, 1, 365, "days", "A deleted account can be restored so long; then it is purged."),
    _integer(
        "refund_period_days",
        120,
        0,
        730,
        "days",
        "So long after a top-up its money may go back. What a purged member has left of it is kept until then.",
    ),
    _integer("impersonation_minutes", 30, 5, 120, "minutes", "How long staff may see the site as a member at a time."),
    Tunable(
        "require_email_verification",
        "switch",
        True,
        "New members confirm their e-mail address before they can sign in. Also hides who has an account: "
        "without it, signing up tells.",
        table=SECURITY,
        fallback=True,
        dangerous=True,
    ),
    _integer(
        "signups_per_address_per_day",
        20,
        1,
        10_000,
        "sign-ups",
        "New accounts from one network address within a day.",
        fallback=5,
    ),
    _integer(
        "share_code_weekly_limit",
        0,
        0,
        10_000,
        "sign-ups",
        "What one share code may bring within 7 days; who comes beyond signs up without it. 0 is unlimited.",
    ),
    _integer("first_touch_days", 90, 1, 365, "days", "How long a browser’s first visit counts as how a member came."),
    _integer("invite_tries_per_hour", 10, 1, 1000, "tries", "Wrong invite codes from one network address in an hour."),
    _integer(
        "anonymous_renders_per_day",
        3,
        0,
        1000,
        "renders",
        "Lite cuts that one visitor, and one network address, makes in a day without an account. 0 gives none.",
        fallback=1,
    ),
    _integer("visitor_cut_days", 90, 1, 3650, "days", "How long a visitor’s cut is kept that no account has taken up."),
    _integer(
        "refused_wishes_per_day", 5, 1, 1000, "wishes", "A member’s poems and pictures that came to nothing, a day."
    ),
    _integer("poem_characters_limit", 3000, 100, 6000, "characters", "The longest poem that a cut holds."),
    _integer("poem_lines_limit", 120, 4, 160, "lines", "The most lines of a poem that a cut holds."),
    _integer("studio_images_limit", 6, 1, 20, "pictures", "The most pictures of one cut made in the studio."),
    # The rest of a worker's 820 seconds is for music to be fetched and for files to be kept
    _integer("render_seconds_limit", 600, 30, 720, "seconds", "A render that takes longer is broken off."),
    _integer("backups_kept", 14, 1, 1000, "backups", "How many backups are kept; the oldest is removed first."),
    _integer("backup_age_alert_hours", 26, 1, 720, "hours", "How old the newest backup may be without an alert."),
    _integer("disk_free_alert_percent", 10, 1, 50, "percent", "An alert when a disk has less than this left free."),
    _integer("disk_floor_mb", 512, 0, 1_000_000, "MB", "Uploads stop while the disk has less than this left free."),
    Tunable(
        "take_unscanned_files",
        "switch",
        False,
        "Files are taken in, with an alert, while the virus scanner of CLAMAV_SOCKET does not answer.",
        table=SECURITY,
        fallback=False,
    ),
    _integer("orphan_grace_hours", 24, 1, 720, "hours", "How old a file that nothing refers to is before it may go."),
    _integer(
        "media_link_minutes", 60, 5, 1440, "minutes", "A link to a picture or clip works this long, twice at most."
    ),
    _integer(
        "upload_image_mb", 25, 1, 200, "MB", "The largest picture, or file of a provider’s invoice, that is taken."
    ),
    _integer("upload_music_mb", 50, 1, 500, "MB", "The largest piece of music that is taken."),
    _integer("upload_video_mb", 200, 1, 1000, "MB", "The largest video that is taken."),
    _integer("member_storage_mb", 500, 1, 100_000, "MB", "What one member’s uploads may take up together."),
    _integer("deleted_asset_days", 7, 0, 365, "days", "How long a member’s deleted upload can be brought back."),
    _integer(
        "music_bucket_target", 10, 1, 100, "tracks", "Approved tracks that each bucket of the music pool should have."
    ),
    _integer(
        "music_bucket_goal", 5, 1, 100, "tracks", "With fewer approved tracks a bucket of the music pool shows red."
    ),
    _integer("musicgen_seconds", 30, 8, 30, "seconds", "How long a track is that MusicGen is asked for."),
    _integer(
        "musicgen_wait_seconds",
        90,
        5,
        180,
        "seconds",
        "How long a render waits for MusicGen before it goes on without music.",
    ),
    _usd(
        "musicgen_minute_usd",
        "0.08",
        "What Replicate bills for a minute of MusicGen’s work; it reports the minutes.",
        table=SECURITY,
        maximum="100",
    ),
    _usd(
        "server_hour_usd",
        "0.05",
        "What an hour of a server’s work costs; Site Stats tells by it what bots cost.",
        table=SECURITY,
        maximum="1000",
    ),
    _integer("page_view_days", 90, 2, 3650, "days", "Single page views are kept so long; what they add up to stays."),
    _integer("bulk_limit", 10_000, 1, 100_000, "accounts", "The most accounts that one act can change.", fallback=100),
    _integer("exports_at_once", 3, 1, 20, "files", "How many exports one person can have under way.", fallback=1),
    _integer("export_ttl_hours", 24, 1, 168, "hours", "How long an exported list can be downloaded.", fallback=1),
    Tunable(
        "business_time_zone",
        "time_zone",
        "UTC",
        "Where days and months begin and end in every report.",
        table=SECURITY,
    ),
    Tunable(
        "support_email",
        "email",
        "support@poemvision.example",
        "The address that members see when they need help.",
        table=SECURITY,
    ),
)

CATALOG: dict[str, Tunable] = {tunable.key: tunable for tunable in _TUNABLES}


def table(name: str) -> list[Tunable]:
    """The tunables of one table, in the order of the list above."""
    return [tunable for tunable in _TUNABLES if tunable.table == name]

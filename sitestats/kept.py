"""How somebody came, as it is kept today: of what was kept before, or stands in an old cookie, what differs."""

from sitestats import channels, shapes

FOR_MANY = "("  # so begin texts that stand for many


def way(row) -> dict[str, str]:
    """The columns of an origin, an acquisition or a touch that hold what is not kept, each as it is kept.

    A host that is none, as an address of a network, goes, and the source that was named after it; so do drawn names.
    """
    host, slash, rest = row.referrer.partition("/")
    site = channels.outside_host(f"https://{host}")
    new = {
        "medium": shapes.word(row.medium),
        "campaign": shapes.word(row.campaign),
        "referrer": f"{site}{shapes.nameless(slash + rest, 200 - len(site))}" if site else "",
    }
    if host and row.source == host:
        new["source"] = site
    elif row.source not in (row.share_code, row.invite) and not row.source.startswith(FOR_MANY):
        new["source"] = row.source if channels.is_known(row.source) else shapes.word(row.source)
    return {name: text for name, text in new.items() if text != getattr(row, name)}


def landing(row) -> dict[str, str]:
    """The path of its first page, if it is not as it is kept."""
    kept = shapes.without_names(row.landing_path)
    return {} if kept == row.landing_path else {"landing_path": kept}

"""What a browser says of a request beside its address: whether it may be told of, and whether somebody looks."""

TELLING = ("HTTP_HX_REQUEST", "HTTP_SEC_PURPOSE", "HTTP_PURPOSE", "HTTP_X_MOZ", "HTTP_DNT", "HTTP_SEC_GPC")


def tells(meta) -> bool:
    """Whether it says anything of what is asked here, as few do; but for what it is a part of, as all browsers say."""
    return not meta.keys().isdisjoint(TELLING)


def is_partial(meta) -> bool:
    """A part of a page, which that loads by itself."""
    return "HTTP_HX_REQUEST" in meta


def asked_not_to_be(meta) -> bool:
    """Do Not Track or Global Privacy Control: a number is kept of the request, and nothing else.

    Of each the first sign counts, as the W3C's Tracking Preference Expression says: an extension may follow, and two
    lines of one header come as `1,1`.
    """
    return meta.get("HTTP_DNT", "").startswith("1") or meta.get("HTTP_SEC_GPC", "").startswith("1")


def is_ahead(meta) -> bool:
    """A page that is fetched before anybody wants to see it."""
    return (
        "prefetch" in meta.get("HTTP_SEC_PURPOSE", "")
        or "prefetch" in meta.get("HTTP_PURPOSE", "")
        or "prefetch" in meta.get("HTTP_X_MOZ", "")
    )


def is_embedded(meta) -> bool:
    """A page that is asked for as a part of another, as a picture, by a script: nobody looks at it by itself."""
    return meta.get("HTTP_SEC_FETCH_DEST", "document") != "document"

"""Whether a poem can become a cut: its length, and its letters. Asked before it is kept, queued or paid for."""

from artwork import render
from tunables import values


def why_not(title: str, author: str, text: str, language: str) -> str:
    """What stands against it, as a sentence for whoever wrote it, or nothing."""
    longest, most_lines = values.get("poem_characters_limit"), values.get("poem_lines_limit")
    if len(text) > longest:
        return f"This has {len(text):,} characters; a cut holds {longest:,}. Shorten it a little."
    if (lines := len(text.splitlines())) > most_lines:
        return f"This has {lines:,} lines; a cut holds {most_lines}. Shorten it a little."
    try:
        render.check(title, author, text, language)
    except render.Unrenderable as refusal:
        return str(refusal)
    return ""

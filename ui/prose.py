"""Texts that people write, as headings, lists and paragraphs: `ui/_prose.html` shows them."""

import re
from dataclasses import dataclass, field


@dataclass
class Block:
    """A heading, a list or a paragraph."""

    kind: str
    lines: list[str] = field(default_factory=list)


def blocks(text: str) -> list[Block]:
    """A blank line ends a paragraph, # begins a heading, - an entry of a list."""
    found: list[Block] = []
    for part in re.split(r"\n\s*\n", text):
        found.append(Block("text"))
        for line in filter(None, map(str.strip, part.splitlines())):
            if line.startswith("#"):
                found += [Block("heading", [line.lstrip("# ")]), Block("text")]
            elif line.startswith("- "):
                if found[-1].kind != "list":
                    found.append(Block("list"))
                found[-1].lines.append(line[2:].strip())
            elif found[-1].kind == "list":
                found[-1].lines[-1] += f" {line}"
            else:
                found[-1].lines.append(line)
    return [block for block in found if any(block.lines)]

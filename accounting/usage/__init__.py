"""Poem & Usage Analytics: what is made, of what, how long it takes, and how much work it spares."""

"""Pictures, clips and sounds out of plain Python: type, frames, styles, scenes, music, the encoder. No Django here."""

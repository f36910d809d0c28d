"""Frames and music become an MP4."""

from collections.abc import Iterable
from pathlib import Path

from artwork import ffmpeg
from artwork.ffmpeg import RATE

FPS = 24
PEAK = 0.84  # the limiter's ceiling, -1.5 dBFS
# What every clip is encoded with; bench/bench_render.py uses the same
VIDEO = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-profile:v", "high", "-pix_fmt", "yuv420p"]
VIDEO += ["-threads", "2", "-chroma_sample_location", "center", "-color_range", "tv"]
VIDEO += ["-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709"]
VIDEO += ["-g", str(FPS * 4)]
AUDIO = ["-c:a", "aac", "-b:a", "128k", "-ar", str(RATE), "-ac", "2"]
CONTAINER = ["-map_metadata", "-1", "-movflags", "+faststart", "-f", "mp4"]


def clip(frames: Iterable[bytes], size: tuple[int, int], seconds: float, music: Path | None, out: Path, timeout: float):
    """Raw frames (YUV 4:2:0, BT.709) and music become an MP4 that plays before it is whole."""
    raw = ["-f", "rawvideo", "-pix_fmt", "yuv420p", "-video_size", f"{size[0]}x{size[1]}", "-framerate", str(FPS)]
    command = [*raw, "-i", "pipe:0"]
    sound = ["-an"]
    if music:  # again from its start where it is shorter than the clip
        command += ["-stream_loop", "-1", *ffmpeg.source(music, seconds)]
        sound = ["-map", "1:a:0", "-af", _even(music, seconds, timeout), *AUDIO]
    command += ["-map", "0:v:0", *sound, *VIDEO, "-t", f"{seconds:.3f}", *CONTAINER, f"file:{out}"]
    ffmpeg.run(command, timeout, frames)


def _even(music: Path, seconds: float, timeout: float) -> str:
    """Filters that bring the music to the house's loudness, hold its peaks, and fade it in and out."""
    gain = max(-30.0, min(24.0, ffmpeg.LOUDNESS - ffmpeg.measure(music, timeout, seconds).integrated))
    fades = f"afade=t=in:d=0.8,afade=t=out:st={max(0.0, seconds - 2.2):.3f}:d=2.2"
    return f"aresample={RATE},volume={gain:.2f}dB,alimiter=limit={PEAK}:level=false,{fades}"

"""manifest.json: what a backup holds, and what a restore must find again."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from backups import files
from backups.server import Failed

FILE, DUMP, MEDIA = "manifest.json", "database.dump", "media"
FORMAT = 1


@dataclass(frozen=True)
class Manifest:
    """`created_at` is the instant of the snapshot: figures and dump show the database as it was then."""

    name: str
    created_at: str
    server: int  # PostgreSQL's major version
    program: int  # that of the pg_dump that wrote the dump
    database: str
    migrations: dict[str, str]
    roles: list[str]
    figures: dict[str, str]
    media: str  # the folder that was copied, or where the files are instead
    files: dict[str, dict] = field(default_factory=dict)  # path -> {"size", "sha256"}
    format: int = FORMAT

    @property
    def size(self) -> int:
        return sum(each["size"] for each in self.files.values())

    @property
    def media_files(self) -> dict[str, dict]:
        """The uploaded files, by their path in the storage."""
        prefix = f"{MEDIA}/"
        return {name.removeprefix(prefix): each for name, each in self.files.items() if name.startswith(prefix)}

    def write(self, folder: Path) -> None:
        """The last file of a backup."""
        files.write(folder / FILE, json.dumps(asdict(self), indent=1, ensure_ascii=False))


def read(folder: Path) -> Manifest:
    """The manifest of a backup, without looking at its files."""
    try:
        said = json.loads((folder / FILE).read_text())
        if said["format"] != FORMAT:
            raise Failed(f"{folder} has the format {said['format']}; this code knows {FORMAT}: use its own release.")
        if not all(set(each) == {"size", "sha256"} for each in said["files"].values()):
            raise ValueError("files without a checksum")
        return Manifest(**{**said, "server": int(said["server"]), "program": int(said["program"])})
    except FileNotFoundError:
        wrong = f"holds no {FILE}, so it is no backup" if folder.is_dir() else "does not exist"
        raise Failed(f"{folder} {wrong}. Name the folder of one backup, or its name in BACKUP_DIR.") from None
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise Failed(f"{folder} is no backup, or its {FILE} is damaged ({type(error).__name__}).") from None


def verify(folder: Path) -> Manifest:
    """Read every byte; raise with the first file that is not what the manifest says."""
    manifest = read(folder)
    present = set(files.under(folder)) - {FILE}
    if missing := set(manifest.files) - present:
        raise Failed(f"{folder} is incomplete: {min(missing)} is missing.")
    if added := present - set(manifest.files):
        raise Failed(f"{folder} was tampered with: {min(added)} does not stand in its manifest.")
    for name, said in manifest.files.items():
        if files.checksum(folder / name) != said:
            raise Failed(f"{folder} is damaged or was tampered with: {name} is not what the manifest says.")
    if DUMP not in manifest.files:
        raise Failed(f"{folder} holds no {DUMP}.")
    return manifest

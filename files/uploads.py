"""What comes in while it comes in: only where a view takes files, from who may, of a kind we take, up to its limit.

Everything else is read past, and never written: a disk does not fill with what is refused afterwards.
"""

import tempfile

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile

from files import formats, place
from files.formats import Refused
from files.place import NoSpace
from tunables import values

LIMITS = {formats.IMAGE: "upload_image_mb", formats.MUSIC: "upload_music_mb", formats.VIDEO: "upload_video_mb"}
LONGEST_NAME = 255  # letters
LONGEST_HEAD = 64 * 1024  # bytes about one file: its name, and what it says it is
LOOK_EVERY = 8 * place.CHUNK  # bytes between two looks at the room that is left


def takes_files(view):
    """Mark a view whose form has pictures, music or videos: `view.takes_files` judges each by its first bytes.

    The view finds what was refused on the way in `refused(request)`.
    """
    view.takes_files = _media_limit
    return view


def _media_limit(head: bytes, name: str) -> int:
    """The largest size of a picture, recording or video that begins so; Refused for all else."""
    return limits()[formats.sniff(head, name).kind]


def refused(request) -> list[tuple[str, str]]:
    """(name, sentence) of each file that was not let in."""
    request.FILES  # noqa: B018 - reads the body
    return getattr(request, "refused_uploads", [])


def limits() -> dict[str, int]:
    """The largest size of each kind in bytes."""
    return {kind: values.get(key) * place.MEGABYTE for kind, key in LIMITS.items()}


class Upload(UploadedFile):
    """One file that came in whole, beside the others until somebody keeps it."""

    def temporary_file_path(self) -> str:
        return self.file.name


class Bounded(FileUploadHandler):
    """The only upload handler: Django's own would take any file for any address, of any size, from anybody."""

    def new_file(self, field_name, file_name, content_type, content_length, *args, **kwargs):
        super().new_file(field_name, file_name, content_type, content_length, *args, **kwargs)
        self.__dict__.pop("file", None)  # Django closes `file` when one is skipped: not the one that came before
        self.size, self.limit = 0, None
        if not self._is_welcome():
            raise SkipFile
        if len(file_name) > LONGEST_NAME:
            self._refuse(f"The name of the file is too long. Shorten it to {LONGEST_NAME} letters.")
        self._try(place.check_room)
        waiting = tempfile.NamedTemporaryFile(dir=place.waiting_room())  # noqa: SIM115 - closed with the upload
        self.file = Upload(waiting, file_name)

    def receive_data_chunk(self, raw_data, start):
        if self.limit is None:
            judge = self.request.resolver_match.func.takes_files
            self.limit = self._try(lambda: judge(raw_data[: formats.HEAD], self.file_name))
        if self.size // LOOK_EVERY != (self.size + len(raw_data)) // LOOK_EVERY:
            self._try(place.check_room)
        self.size += len(raw_data)
        if self.size > self.limit:
            self._refuse(f"The file is larger than {self.limit // place.MEGABYTE} MB, which is the most that is taken.")
        self._try(lambda: self.file.write(raw_data))

    def file_complete(self, file_size):
        if not file_size:
            self.file.close()
            return self._note("The file is empty.")
        try:
            self._try(self.file.flush)
        except SkipFile:  # Django expects none here any more
            self.file.close()
            return None
        self.file.seek(0)
        self.file.size = file_size
        return self.file

    def upload_interrupted(self):
        if file := getattr(self, "file", None):
            file.close()  # which removes it

    def _is_welcome(self) -> bool:
        match = self.request.resolver_match
        user = getattr(self.request, "user", None)
        if match is None or user is None or not getattr(match.func, "takes_files", None):
            return False
        return user.is_authenticated and (match.func.perm == "member" or user.can(match.func.perm))

    def _try(self, act):
        try:
            return act()
        except (Refused, NoSpace) as sentence:
            self._refuse(str(sentence))
        except OSError as error:
            if error.errno not in place.FULL:
                raise
            self._refuse("The disk is full. Nothing was kept; try again later.")

    def _refuse(self, sentence: str):
        self._note(sentence)
        raise SkipFile

    def _note(self, sentence: str) -> None:
        before = getattr(self.request, "refused_uploads", [])
        self.request.refused_uploads = [*before, (self.file_name[:LONGEST_NAME], sentence)]

from django.apps import AppConfig
from django.http import multipartparser


class FilesConfig(AppConfig):
    name = "files"

    def ready(self):
        """Django answers a long file name with a bare 400, before anybody could say what is wrong: `Bounded` does."""
        from files.uploads import LONGEST_HEAD

        multipartparser.MAX_TOTAL_HEADER_SIZE = LONGEST_HEAD

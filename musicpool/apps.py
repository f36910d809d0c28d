from django.apps import AppConfig


class MusicPoolConfig(AppConfig):
    name = "musicpool"

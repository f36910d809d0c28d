"""Uploaded files in a bucket of any S3, where BUCKET_NAME names one; in a folder otherwise."""

from poemvision import env

FOLDER = {"BACKEND": "django.core.files.storage.FileSystemStorage"}


def from_environment() -> dict[str, str]:
    """What the environment says about the bucket; `origin` is where browsers fetch files, empty for a folder."""
    name, region = env.text("BUCKET_NAME", ""), env.text("BUCKET_REGION", "us-east-1")
    given = env.text("BUCKET_ENDPOINT", "").rstrip("/")
    amazon = f"s3.{region}.amazonaws.com"
    return {
        "name": name,
        "region": region,
        "endpoint": given or f"https://{amazon}",
        "style": "path" if given else "virtual",
        "origin": (given or f"https://{name}.{amazon}") if name else "",
        "key": env.text("BUCKET_KEY_ID", ""),
        "secret": env.text("BUCKET_SECRET", ""),
    }


def backend(bucket: dict[str, str]) -> dict:
    """Django's description of the storage."""
    if not bucket["name"]:
        return FOLDER
    from botocore.config import Config  # boto is slow to load, and most installations have no bucket

    config = Config(
        connect_timeout=3,
        read_timeout=20,
        retries={"max_attempts": 2},
        signature_version="s3v4",
        s3={"addressing_style": bucket["style"]},
    )
    options = {
        "bucket_name": bucket["name"],
        "region_name": bucket["region"],
        "endpoint_url": bucket["endpoint"],
        "access_key": bucket["key"] or None,  # none: what the machine's role gives
        "secret_key": bucket["secret"] or None,
        "client_config": config,
        "default_acl": None,
        "file_overwrite": True,  # names are random: asking whether one is taken would be a call for nothing
    }
    return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}

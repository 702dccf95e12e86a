"""System checks: what goes wrong in hosts, said before it does."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from importlib.metadata import PackageNotFoundError, version
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register
from django.core.files.storage import FileSystemStorage, InvalidStorageError, storages
from django.db import connections, router
from django.urls import Resolver404, resolve
from django.utils.module_loading import import_string
from django.utils.version import get_version_tuple
from django.views.static import serve

from df_chat.adapter import ChatAdapter
from df_chat.media.senders import MediaSender
from df_chat.models import Message, MessageImage, Room, RoomUser, Stream, UserChat
from df_chat.policy import ChatPolicy
from df_chat.settings import DEFAULTS, IMPORT_LISTS, IMPORT_STRINGS, chat_settings
from df_chat.storage import MESSAGES_FOLDER, ROOMS_FOLDER

CHOICES = {
    "CREATE_ROOMS": ("anyone", "staff"),
    "MANAGE_ROOMS": ("anyone", "staff"),
    "NEW_MEMBER_HISTORY": ("all", "none"),
}
POSITIVE_NUMBERS = (
    "MAX_USERS_IN_ROOM",
    "MAX_BODY_CHARS",
    "MAX_REACTIONS_PER_MESSAGE",
    "PAGE_SIZE",
    "MAX_PAGE_SIZE",
    "EVENT_MAX_BYTES",
    "FRAME_MAX_BYTES",
    "MAX_CHANGES",
    "ONLINE_SECONDS",
    "MAX_SOCKETS_PER_USER",
    "LOCK_TIMEOUT_SECONDS",
    "MAX_IMAGE_BYTES",
    "MAX_FILE_BYTES",
    "MAX_IMAGE_PIXELS",
    "MAX_IMAGE_FRAMES",
    "MAX_IMAGE_WORKERS",
    "MAX_FORMS_AT_ONCE",
    "MAX_ATTACHMENTS_PER_MESSAGE",
    "MAX_UPLOAD_BYTES_PER_USER",
    "MAX_UPLOAD_BYTES_PER_ROOM",
    "UPLOAD_ORPHAN_SECONDS",
)
# Import strings of functions.
CALLABLES = ("SCANNER",)
BASE_CLASSES = {"ADAPTER": ChatAdapter, "POLICY": ChatPolicy, "MEDIA_SENDER": MediaSender}
IN_MEMORY = "channels.layers.InMemoryChannelLayer"
REDIS_CORE = "channels_redis.core.RedisChannelLayer"
LOCAL_CACHE = "django.core.cache.backends.locmem.LocMemCache"
# Where the storage keeps what members alone may see.
PRIVATE_MEDIA = (MESSAGES_FOLDER, ROOMS_FOLDER)
LOOSE_LEVELS = ("read committed", "read uncommitted")


@register()
def check_settings(**kwargs: Any) -> list[CheckMessage]:
    """The keys and values of DF_CHAT."""
    given = getattr(settings, "DF_CHAT", {})
    if not isinstance(given, dict):
        return [Error("DF_CHAT is not a dict.", hint='Write DF_CHAT = {"PAGE_SIZE": 50}.', id="df_chat.E001")]
    return [*_unknown_keys(given), *_values(given), *_imports(given)]


@register()
def check_database(**kwargs: Any) -> list[CheckMessage]:
    """That the lock which orders everything does what it should on this database."""
    alias = chat_settings.DATABASE
    if alias not in settings.DATABASES:
        hint = "Name an alias of DATABASES."
        return [Error(f"DF_CHAT['DATABASE'] names no database: {alias!r}.", hint=hint, id="df_chat.E020")]
    config = connections[alias].settings_dict
    return [
        *_check_routes(alias),
        *_check_sqlite(alias, config),
        *_check_isolation(alias, config),
        *_check_charset(alias, config),
        *_check_requests(alias, config),
    ]


@register()
def check_storage(**kwargs: Any) -> list[CheckMessage]:
    """That images and files have a place."""
    alias = chat_settings.STORAGE
    if alias in storages.backends:
        return []
    hint = "Name an alias of STORAGES."
    return [Error(f"DF_CHAT['STORAGE'] names no storage: {alias!r}.", hint=hint, id="df_chat.E038")]


@register()
def check_media_sender(**kwargs: Any) -> list[CheckMessage]:
    """That images and files have a way out."""
    try:
        sender, storage = chat_settings.MEDIA_SENDER(), storages[chat_settings.STORAGE]
    except (ImportError, TypeError, InvalidStorageError):
        # Other checks say so.
        return []
    return [Error(problem, hint=hint, id="df_chat.E037") for problem, hint in sender.problems(storage)]


@register()
def check_channel_layer(**kwargs: Any) -> list[CheckMessage]:
    """That live events have a way to travel."""
    layers = getattr(settings, "CHANNEL_LAYERS", {})
    alias = chat_settings.CHANNEL_LAYER
    if alias not in layers:
        hint = f'For development: CHANNEL_LAYERS = {{"{alias}": {{"BACKEND": "{IN_MEMORY}"}}}}.'
        return [Error(f"CHANNEL_LAYERS has no {alias!r}: nothing would arrive live.", hint=hint, id="df_chat.E030")]
    return list(_check_redis(alias, layers[alias]))


@register()
def check_server(**kwargs: Any) -> list[CheckMessage]:
    """That no server with a known hole is installed."""
    if not (0,) < _version_of("daphne") < (4, 2, 2):
        return []
    hint = "Upgrade to daphne>=4.2.2."
    return [Warning("This daphne lets clients forge headers and send endless frames.", hint=hint, id="df_chat.W035")]


@register(deploy=True)
def check_channel_layer_for_production(**kwargs: Any) -> list[CheckMessage]:
    """The in-memory layer ends at its process: fine for one, deaf between two."""
    layers = getattr(settings, "CHANNEL_LAYERS", {})
    backend = layers.get(chat_settings.CHANNEL_LAYER, {}).get("BACKEND")
    if settings.DEBUG or backend != IN_MEMORY:
        return []
    hint = "Use channels_redis.pubsub.RedisPubSubChannelLayer wherever more than one process serves."
    return [Error("The channel layer is in memory: other processes hear nothing.", hint=hint, id="df_chat.E031")]


@register(deploy=True)
def check_cache_for_production(**kwargs: Any) -> list[CheckMessage]:
    """Throttles count in the cache: in one that ends at its process, each process counts for itself."""
    backend = settings.CACHES.get("default", {}).get("BACKEND")
    if settings.DEBUG or not chat_settings.THROTTLE_CLASSES or backend != LOCAL_CACHE:
        return []
    hint = "Use a cache that processes share, such as django.core.cache.backends.redis.RedisCache."
    return [Warning("Throttles count per process: the cache is local memory.", hint=hint, id="df_chat.W033")]


@register(deploy=True)
def check_socket_for_production(**kwargs: Any) -> list[CheckMessage]:
    """Addresses are written into the logs of every proxy on the way, and tokens with them."""
    if chat_settings.SOCKET_QUERY_SCHEME is None:
        return []
    hint = "Let clients send a header, a subprotocol, a first frame or a ticket, and leave SOCKET_QUERY_SCHEME out."
    return [Warning("Sockets take tokens in their address.", hint=hint, id="df_chat.W036")]


@register(deploy=True)
def check_media_for_production(**kwargs: Any) -> list[CheckMessage]:
    """Images and files are for members: an address that serves their folder serves them to everybody."""
    storage = storages[chat_settings.STORAGE] if chat_settings.STORAGE in storages.backends else None
    if not isinstance(storage, FileSystemStorage):
        return []
    open_folders = [folder for folder in PRIVATE_MEDIA if _is_open(storage, folder)]
    if not open_folders:
        return []
    hint = f"Serve the storage's files without {' and '.join(open_folders)}."
    return [Warning("Everybody is shown images and files of private rooms.", hint=hint, id="df_chat.W034")]


def _is_open(storage: FileSystemStorage, folder: str) -> bool:
    """Whether the project has an address for what lies in this folder, and asks nobody who they are."""
    try:
        address = urlsplit(storage.url(f"{folder}/x"))
        # Another view than Django's may well ask.
        return not address.netloc and resolve(f"/{address.path.lstrip('/')}").func is serve
    except (Resolver404, ValueError):
        return False


def _unknown_keys(given: dict[str, Any]) -> Iterator[CheckMessage]:
    for key in sorted(set(given) - set(DEFAULTS), key=str):
        close = get_close_matches(str(key), DEFAULTS, n=1)
        hint = f"Did you mean {close[0]!r}?" if close else "See the settings page of the documentation."
        yield Warning(f"DF_CHAT has no setting {key!r}; it is ignored.", hint=hint, id="df_chat.W001")


def _values(given: dict[str, Any]) -> Iterator[CheckMessage]:
    for key, choices in CHOICES.items():
        if given.get(key, DEFAULTS[key]) not in choices:
            hint = f"Choose one of {', '.join(map(repr, choices))}."
            yield Error(f"DF_CHAT[{key!r}] is {given[key]!r}.", hint=hint, id="df_chat.E002")
    for key in POSITIVE_NUMBERS:
        value = given.get(key, DEFAULTS[key])
        if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
            yield Error(f"DF_CHAT[{key!r}] is {value!r}.", hint="Give a number above 0.", id="df_chat.E003")
    rate = given.get("MAX_ACTIONS_PER_SECOND")
    if rate is not None and (isinstance(rate, bool) or not isinstance(rate, int | float) or rate <= 0):
        hint = "Give a number above 0, or None for no limit."
        yield Error(f"DF_CHAT['MAX_ACTIONS_PER_SECOND'] is {rate!r}.", hint=hint, id="df_chat.E003")
    window = given.get("EDIT_WINDOW_SECONDS")
    if window is not None and (isinstance(window, bool) or not isinstance(window, int | float) or window < 0):
        hint = "Give seconds, or None for no limit."
        yield Error(f"DF_CHAT['EDIT_WINDOW_SECONDS'] is {window!r}.", hint=hint, id="df_chat.E003")
    types = given.get("FILE_TYPES", ())
    if isinstance(types, str) or not all(
        isinstance(one, str) and one.isalnum() and one == one.lower() for one in types
    ):
        hint = 'Give extensions in small letters and without a dot: ["pdf", "txt"].'
        yield Error(f"DF_CHAT['FILE_TYPES'] is {types!r}.", hint=hint, id="df_chat.E008")
    if "*" in given.get("ALLOWED_ORIGINS", ()):
        hint = "Name the origins: any page of the web could otherwise chat as your visitors."
        yield Error("DF_CHAT['ALLOWED_ORIGINS'] allows every origin.", hint=hint, id="df_chat.E004")


def _imports(given: dict[str, Any]) -> Iterator[CheckMessage]:
    for key in sorted(given.keys() & (IMPORT_STRINGS | IMPORT_LISTS)):
        values = given[key] if key in IMPORT_LISTS else [given[key]]
        if key in IMPORT_LISTS and not isinstance(values, list | tuple):
            yield Error(f"DF_CHAT[{key!r}] is no list.", hint="Give a list of import strings.", id="df_chat.E005")
            continue
        for value in values:
            yield from _import(key, value)


def _import(key: str, value: Any) -> Iterator[CheckMessage]:
    try:
        found = import_string(value) if isinstance(value, str) else value
        default = DEFAULTS[key] if key in IMPORT_STRINGS else None
        wanted = BASE_CLASSES.get(key) or (import_string(default) if default else object)
    except ImportError as error:
        hint = "Write the dotted path of a class that can be imported."
        yield Error(f"DF_CHAT[{key!r}] cannot be imported: {error}", hint=hint, id="df_chat.E006")
        return
    if key in CALLABLES:
        if found is not None and not callable(found):
            hint = "Name a function."
            yield Error(f"DF_CHAT[{key!r}] cannot be called.", hint=hint, id="df_chat.E007")
        return
    # A publisher or paginator of the host's own need not descend from ours, but it has to be a class.
    needs_base = key in {*BASE_CLASSES, "CONSUMER"} or key.endswith("_SERIALIZER")
    if not isinstance(found, type) or (needs_base and not issubclass(found, wanted)):
        hint = f"Subclass {wanted.__module__}.{wanted.__qualname__}."
        yield Error(f"DF_CHAT[{key!r}] is not a class of the right kind.", hint=hint, id="df_chat.E007")


def _check_routes(alias: str) -> Iterator[CheckMessage]:
    for model in (Stream, Room, RoomUser, Message, MessageImage, UserChat):
        written = router.db_for_write(model)
        if written != alias:
            hint = f"Route the app df_chat to {alias!r}, or set DF_CHAT['DATABASE'] to {written!r}."
            yield Error(f"{model.__name__} is routed to {written!r}.", hint=hint, id="df_chat.E021")


def _check_sqlite(alias: str, config: dict[str, Any]) -> Iterator[CheckMessage]:
    if config["ENGINE"] != "django.db.backends.sqlite3":
        return
    options = config["OPTIONS"]
    if str(options.get("transaction_mode", "")).upper() not in ("IMMEDIATE", "EXCLUSIVE"):
        hint = f'DATABASES[{alias!r}]["OPTIONS"] = {{"transaction_mode": "IMMEDIATE", "timeout": 20, ...}}.'
        yield Error("SQLite transactions begin deferred: concurrent writers fail.", hint=hint, id="df_chat.E022")
    if "journal_mode=wal" not in str(options.get("init_command", "")).lower().replace(" ", ""):
        hint = f'DATABASES[{alias!r}]["OPTIONS"]["init_command"] = "PRAGMA journal_mode=WAL; ...".'
        yield Warning("SQLite is not set to WAL: readers and writers block one another.", hint=hint, id="df_chat.W023")


def _check_isolation(alias: str, config: dict[str, Any]) -> Iterator[CheckMessage]:
    level = config["OPTIONS"].get("isolation_level")
    vendor = connections[alias].vendor
    # PostgreSQL counts its levels: 1 is READ UNCOMMITTED, 2 READ COMMITTED. Django's default is right on both.
    loose = level is None or (vendor == "postgresql" and level in (1, 2)) or str(level).lower() in LOOSE_LEVELS
    if vendor in ("postgresql", "mysql") and not loose:
        hint = f'Leave DATABASES[{alias!r}]["OPTIONS"]["isolation_level"] at READ COMMITTED.'
        yield Error("The isolation level is above READ COMMITTED: writers would fail.", hint=hint, id="df_chat.E024")


def _check_charset(alias: str, config: dict[str, Any]) -> Iterator[CheckMessage]:
    charset = config["OPTIONS"].get("charset", "utf8mb4")
    if connections[alias].vendor == "mysql" and charset != "utf8mb4":
        hint = f'DATABASES[{alias!r}]["OPTIONS"]["charset"] = "utf8mb4", and the same for the database itself.'
        yield Warning(f"The charset {charset!r} has no emoji.", hint=hint, id="df_chat.W027")


def _check_redis(alias: str, layer: dict[str, Any]) -> Iterator[CheckMessage]:
    hosts = layer.get("CONFIG", {}).get("hosts") or ["redis://"]
    patient = all("socket_timeout" in (host if isinstance(host, dict | str) else ()) for host in hosts)
    if layer.get("BACKEND") == REDIS_CORE and _version_of("redis") >= (8,) and not patient:
        hint = (
            'Use channels_redis.pubsub.RedisPubSubChannelLayer, or "redis<8", or give each host "socket_timeout": None.'
        )
        yield Warning(f"Channel layer {alias!r} loses idle sockets after 5 seconds.", hint=hint, id="df_chat.W032")


def _version_of(package: str) -> tuple[int, ...]:
    """The release of an installed package; ``(0,)`` if there is none."""
    try:
        return get_version_tuple(version(package))
    except PackageNotFoundError:
        return (0,)


def _check_requests(alias: str, config: dict[str, Any]) -> Iterator[CheckMessage]:
    if config.get("ATOMIC_REQUESTS"):
        hint = "The chat's own views are exempt; in yours, send with df_chat.actions.send_message_on_commit()."
        yield Warning("ATOMIC_REQUESTS holds a room's lock for a whole request.", hint=hint, id="df_chat.W025")
    if config.get("CONN_MAX_AGE") and getattr(settings, "ASGI_APPLICATION", None):
        hint = 'Use a connection pool instead: "OPTIONS": {"pool": True} on PostgreSQL.'
        yield Warning("CONN_MAX_AGE keeps connections that ASGI threads do not reuse.", hint=hint, id="df_chat.W026")

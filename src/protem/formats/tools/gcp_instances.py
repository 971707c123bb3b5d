"""Google Cloud instances (``gcloud compute instances list --format json``).

``TERMINATED`` is Google's word for stopped. What an instance group made is ephemeral and
carries the group as ``template``.
"""

from collections.abc import Iterator

import msgspec

from protem.formats.dates import parse_instant
from protem.formats.devicelists import Console, Page, only, records_of
from protem.formats.format import ExportFile, Feeds, Format
from protem.formats.jsonfile import starts_json, text_of
from protem.formats.jsonviews import ABSENT, ElementOf, decode_views, elements
from protem.formats.machines import said, short_name, tag_list
from protem.formats.records import Asset, AssetKind, Record
from protem.formats.skips import Skips

TOOL = "gcp-instances"

_EXPECTED = "the JSON of gcloud compute instances list --format json"
_GROUP = "/instanceGroupManagers/"
_PROJECT = "/projects/"
_RUNNING = frozenset({"RUNNING", "PROVISIONING", "STAGING", "REPAIRING"})


class _Item(msgspec.Struct, gc=False):
    key: str | None = None
    value: str | None = None


class _Metadata(msgspec.Struct, gc=False):
    items: list[_Item] | None = None


class _NetworkTags(msgspec.Struct, gc=False):
    items: list[str] | None = None


class _Disk(msgspec.Struct, gc=False):
    licenses: list[str] | None = None


class _Instance(msgspec.Struct, gc=False, rename="camel"):
    id: str | int | None = None
    name: str | None = None
    hostname: str | None = None
    status: str | None = None
    creation_timestamp: str | None = None
    self_link: str | None = None
    labels: dict[str, str | None] | None = None
    tags: _NetworkTags | None = None
    metadata: _Metadata | None = None
    disks: list[_Disk] | None = None


class _Answer(msgspec.Struct, gc=False, rename="camel"):
    items: msgspec.Raw = ABSENT
    next_page_token: str | None = None


_INSTANCE: ElementOf[_Instance | None] = ElementOf(_Instance | None)


def sniff(head: bytes) -> bool:
    """Whether it is a list of instances."""
    text = text_of(head)
    marks = ('"creationTimestamp"', '"machineType"', '"networkInterfaces"')
    is_listed = "compute#instance" in text or all(mark in text for mark in marks)
    return starts_json(head) and is_listed and '"status"' in text


def parse(file: ExportFile) -> Iterator[Record]:
    """One ``Scan`` of the project, then an ``Asset`` per instance."""
    answer = decode_views(file, _Answer, expected=_EXPECTED, bare="items")
    rows = elements(
        answer.items, _INSTANCE, where=f"{file.name}, instances", expected=_EXPECTED
    )
    more = "nextPageToken" if answer.next_page_token else ""
    page = Page(rows=rows, next_page=more)
    project = only(_project(row) for row in rows or () if row)
    return records_of(file, page, _CONSOLE, target=f"inventory:{project}")


def _asset(instance: _Instance, skips: Skips) -> Asset | None:
    if instance.id in {None, ""}:
        skips.add("instance without an id")
        return None
    labels = instance.labels or {}
    network_tags = (instance.tags.items if instance.tags else None) or []
    template = _template(instance)
    return Asset(
        source=TOOL,
        external_id=str(instance.id),
        kind=AssetKind.CLOUD,
        name=instance.name or str(instance.id),
        hostname=short_name(instance.hostname) or short_name(instance.name),
        cloud_id=str(instance.id),
        os_family=_os_family(instance),
        is_running=(instance.status or "RUNNING").upper() in _RUNNING,
        is_ephemeral=bool(template),
        template=template,
        owner=labels.get("owner") or "",
        group=labels.get("team") or "",
        tags=tag_list(labels, network_tags),
        created_at=skips.instant(
            parse_instant(instance.creation_timestamp), "creationTimestamp"
        ),
    )


def _template(instance: _Instance) -> str:
    """The instance group that made it, or the cluster whose node it is."""
    items = (instance.metadata.items if instance.metadata else None) or []
    stated = {item.key: item.value for item in items if item.key}
    group = (stated.get("created-by") or "").partition(_GROUP)[2]
    cluster = said((instance.labels or {}).get("goog-k8s-cluster-name"))
    pool = said((instance.labels or {}).get("goog-k8s-node-pool-name"))
    if cluster or pool:
        return f"gke:{'/'.join(filter(None, (cluster, pool)))}"
    return f"instance-group:{group}" if group else ""


def _os_family(instance: _Instance) -> str:
    """Only the licences of the disks tell: Windows is licensed, all else is Linux."""
    licences = [each for disk in instance.disks or () for each in disk.licenses or ()]
    return "windows" if any("windows" in each.lower() for each in licences) else "linux"


def _project(instance: _Instance) -> str:
    return (instance.self_link or "").partition(_PROJECT)[2].partition("/")[0]


_CONSOLE = Console(tool=TOOL, noun="instances", expected=_EXPECTED, read=_asset)

FORMAT = Format(
    name=TOOL,
    title="Google Cloud instances",
    example="gcloud compute instances list --format json > gcp-instances.json",
    feeds=(Feeds.EDR,),
    sniff=sniff,
    parse=parse,
)

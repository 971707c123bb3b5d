"""Machines that AWS Systems Manager knows (``aws ssm describe-instance-information``).

``i-…`` is an EC2 instance and joins EC2's own list; ``mi-…`` is a server elsewhere that was
registered by hand. Those that stopped answering stay in the list for a month.
"""

from collections.abc import Iterator
from datetime import datetime

import msgspec

from protem.formats.dates import parse_instant
from protem.formats.devicelists import Console, Page, records_of
from protem.formats.format import ExportFile, Feeds, Format
from protem.formats.jsonfile import starts_json, text_of
from protem.formats.jsonviews import ABSENT, ElementOf, decode_views, elements
from protem.formats.machines import os_family, short_name
from protem.formats.records import Asset, AssetKind, Record
from protem.formats.skips import Skips

TOOL = "aws-ssm"

_EXPECTED = "the JSON of aws ssm describe-instance-information"
_HYBRID = "mi-"


class _Instance(msgspec.Struct, gc=False, rename="pascal"):
    instance_id: str | None = None
    name: str | None = None
    computer_name: str | None = None
    ping_status: str | None = None
    last_ping_date_time: str | float | None = None
    registration_date: str | float | None = None
    platform_type: str | None = None
    platform_name: str | None = None
    platform_version: str | None = None


class _Answer(msgspec.Struct, gc=False, rename="pascal"):
    instance_information_list: msgspec.Raw = ABSENT
    next_token: str | None = None


_INSTANCE: ElementOf[_Instance | None] = ElementOf(_Instance | None)


def sniff(head: bytes) -> bool:
    """Whether it is a list of managed instances."""
    text = text_of(head)
    marks = ('"InstanceId"', '"PingStatus"')
    return starts_json(head) and all(mark in text for mark in marks)


def parse(file: ExportFile) -> Iterator[Record]:
    """One ``Scan`` of the inventory, then an ``Asset`` per instance."""
    answer = decode_views(file, _Answer, expected=_EXPECTED, bare="instance_information_list")
    rows = elements(
        answer.instance_information_list,
        _INSTANCE,
        where=f"{file.name}, instances",
        expected=_EXPECTED,
    )
    more = "NextToken" if answer.next_token else ""
    page = Page(rows=rows, next_page=more)
    return records_of(file, page, _CONSOLE)


def _seen(instance: _Instance) -> datetime | None:
    return parse_instant(instance.last_ping_date_time)


def _asset(instance: _Instance, skips: Skips) -> Asset | None:
    if not instance.instance_id:
        skips.add("instance without an id")
        return None
    is_hybrid = instance.instance_id.startswith(_HYBRID)
    system = f"{instance.platform_type or ''} {instance.platform_name or ''}"
    answers = (instance.ping_status or "Online").lower() == "online"
    return Asset(
        source=TOOL,
        external_id=instance.instance_id,
        kind=AssetKind.SERVER if is_hybrid else AssetKind.CLOUD,
        name=instance.name or instance.computer_name or instance.instance_id,
        hostname=short_name(instance.computer_name),
        cloud_id=None if is_hybrid else instance.instance_id,
        os_family=os_family(system),
        os_version=instance.platform_version or "",
        is_running=is_hybrid or answers,
        created_at=skips.instant(parse_instant(instance.registration_date), "RegistrationDate"),
        seen_at=skips.instant(_seen(instance), "LastPingDateTime"),
    )


_CONSOLE = Console(tool=TOOL, noun="instances", expected=_EXPECTED, read=_asset, seen=_seen)

FORMAT = Format(
    name=TOOL,
    title="AWS Systems Manager instances",
    example="aws ssm describe-instance-information > ssm-instances.json",
    feeds=(Feeds.EDR,),
    sniff=sniff,
    parse=parse,
)

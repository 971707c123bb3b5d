"""Amazon EC2 instances as ``aws ec2 describe-instances`` prints them.

The file has no date of its own. Terminated instances linger in it for about an hour and
are read as not running. Members of an autoscaling group or of a node pool are ephemeral
and carry their group as ``template``.
"""

from array import array
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from protem.formats.dates import parse_instant
from protem.formats.format import ExportFile, Feeds, Format, FormatError
from protem.formats.jsonfile import starts_json, text_of
from protem.formats.jsonviews import ABSENT, ElementOf, decode_views, elements
from protem.formats.machines import mac_addresses, said, short_name, tag_list
from protem.formats.records import Asset, AssetKind, Record, Scan
from protem.formats.skips import Skips

TOOL = "aws-ec2"

_EXPECTED = "the JSON of aws ec2 describe-instances"
_NODE_GROUP = "eks:nodegroup-name"
_GROUPS = (
    ("karpenter.sh/nodepool", "karpenter"),
    ("karpenter.sh/provisioner-name", "karpenter"),
    ("aws:autoscaling:groupName", "autoscaling"),
)
_CLUSTERS = ("eks:cluster-name", "aws:eks:cluster-name")
_CLUSTER_TAG = "kubernetes.io/cluster/"


class _State(msgspec.Struct, gc=False, rename="pascal"):
    name: str | None = None


class _Tag(msgspec.Struct, gc=False, rename="pascal"):
    key: str = ""
    value: str | None = None


class _Interface(msgspec.Struct, gc=False, rename="pascal"):
    mac_address: str | None = None


class _Instance(msgspec.Struct, gc=False, rename="pascal"):
    instance_id: str | None = None
    instance_type: str | None = None
    launch_time: str | float | None = None
    state: _State | None = None
    tags: list[_Tag] | None = None
    network_interfaces: list[_Interface] | None = None
    private_dns_name: str | None = None
    platform: str | None = None
    platform_details: str | None = None


class _Reservation(msgspec.Struct, gc=False, rename="pascal"):
    instances: msgspec.Raw = ABSENT
    owner_id: str | None = None


class _Answer(msgspec.Struct, gc=False, rename="pascal"):
    reservations: msgspec.Raw = ABSENT
    next_token: str | None = None


_RESERVATION: ElementOf[_Reservation] = ElementOf(_Reservation)
_INSTANCE: ElementOf[_Instance] = ElementOf(_Instance)


def sniff(head: bytes) -> bool:
    """Whether it is a list of reservations, bare or as AWS answers it."""
    if not starts_json(head):
        return False
    text = text_of(head)
    if '"Reservations"' in text[:4096]:
        return text.lstrip().startswith("{")
    marks = ('"Instances"', '"InstanceId"', '"LaunchTime"')
    return text.lstrip().startswith("[") and all(mark in text for mark in marks)


def parse(file: ExportFile) -> Iterator[Record]:
    """Per account one ``Scan``, then an ``Asset`` per instance."""
    answer = decode_views(file, _Answer, expected=_EXPECTED, bare="reservations")
    reservations = elements(
        answer.reservations,
        _RESERVATION,
        where=f"{file.name}, Reservations",
        expected=_EXPECTED,
    )
    if reservations is None:
        raise FormatError(
            "there is no list of reservations", where=file.name, remedy=f"export {_EXPECTED}"
        )
    by_account: dict[str, array[int]] = {}
    for number, reservation in enumerate(reservations):
        account_id = said(reservation.owner_id) or ""
        by_account.setdefault(account_id, array("Q")).append(number)
    skips = Skips()
    for account_id in sorted(by_account or {""}):
        yield Scan(
            tool=TOOL,
            target=f"inventory:{account_id}",
            is_complete=not answer.next_token,
            problem="one page of several (NextToken)" if answer.next_token else "",
        )
        theirs = reservations.picked(by_account.get(account_id, ()))
        for instance in _instances(theirs, file):
            if instance.instance_id:
                yield _asset(instance, skips)
            else:
                skips.add("instance without an id")
    yield from skips.records()


def _instances(reservations: Iterable[_Reservation], file: ExportFile) -> Iterator[_Instance]:
    for reservation in reservations:
        where = f"{file.name}, Instances of a reservation"
        listed = elements(reservation.instances, _INSTANCE, where=where, expected=_EXPECTED)
        yield from listed or ()


def _asset(instance: _Instance, skips: Skips) -> Asset:
    tags = {tag.key: tag.value or "" for tag in instance.tags or []}
    named = {key.lower(): value for key, value in tags.items()}
    name = tags.get("Name", "").strip()
    state = instance.state.name if instance.state is not None else None
    template = _template(tags)
    return Asset(
        source=TOOL,
        external_id=instance.instance_id or "",
        kind=AssetKind.CLOUD,
        name=name or instance.instance_id or "",
        hostname=short_name(name) or short_name(instance.private_dns_name),
        cloud_id=instance.instance_id,
        macs=mac_addresses(*(each.mac_address for each in instance.network_interfaces or [])),
        os_family=_os_family(instance),
        is_running=state == "running",
        is_ephemeral=bool(template),
        template=template,
        owner=named.get("owner", ""),
        group=named.get("team", ""),
        tags=tag_list(tags),
        created_at=skips.instant(parse_instant(instance.launch_time), "LaunchTime"),
    )


def _template(tags: Mapping[str, str]) -> str:
    """What the instance is made from; a node group before the scaling group behind it."""
    tagged = [key.removeprefix(_CLUSTER_TAG) for key in tags if key.startswith(_CLUSTER_TAG)]
    clusters = [*filter(None, (said(tags.get(key)) for key in _CLUSTERS)), *sorted(tagged)]
    node_group = said(tags.get(_NODE_GROUP))
    if node_group is not None:
        return f"eks:{'/'.join([*clusters[:1], node_group])}"
    for key, prefix in _GROUPS:
        if (group := said(tags.get(key))) is not None:
            return f"{prefix}:{group}"
    return f"eks:{clusters[0]}" if clusters else ""


def _os_family(instance: _Instance) -> str:
    """AWS only names Windows; a Mac shows by its instance type, all else is Linux."""
    details = f"{instance.platform or ''} {instance.platform_details or ''}".lower()
    if "windows" in details:
        return "windows"
    return "macos" if (instance.instance_type or "").startswith("mac") else "linux"


FORMAT = Format(
    name=TOOL,
    title="Amazon EC2 instances",
    example="aws ec2 describe-instances > instances.json",
    feeds=(Feeds.EDR,),
    sniff=sniff,
    parse=parse,
)

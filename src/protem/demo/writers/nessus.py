"""Nessus: one .nessus file a week with a credentialed scan of every standing server."""

from datetime import datetime, timedelta
from xml.sax.saxutils import escape, quoteattr

from protem.demo.company import Company
from protem.demo.export import Export
from protem.demo.machines import Machine
from protem.demo.story import SCANNER_STOPS, UNCREDENTIALED, Story
from protem.demo.vulnerabilities import CRITICAL, Cluster, World

_RISK = {1: "Low", 2: "Medium", 3: "High", 4: "Critical"}
_KEPT_PLAIN = 8
"""The newest files stay uncompressed; older ones are gzipped."""
_HEAD = (
    '<?xml version="1.0" ?>\n<NessusClientData_v2>\n<Policy><policyName>Servers, credentialed'
    "</policyName></Policy>\n"
    '<Report name="Servers weekly" xmlns:cm="http://www.nessus.org/cm">\n'
)
_TAIL = "</Report>\n</NessusClientData_v2>\n"
_FEW = 12
"""What a scan without credentials still finds on a host."""


def write_nessus(export: Export, company: Company, world: World) -> None:
    """Every week but the three in which the scanner stood still."""
    story = export.story
    items = _Items(story, world)
    for number, day in enumerate(story.week_days()):
        if SCANNER_STOPS[1] <= story.days_left(day) < SCANNER_STOPS[0]:
            continue
        text = _report(story, company, items, day=day)
        is_plain = number >= story.weeks - _KEPT_PLAIN
        export.write(
            "nessus", day, "servers.nessus" + ("" if is_plain else ".gz"), content=text.encode()
        )


class _Items:
    """The report items of a world, each rendered once per severity."""

    def __init__(self, story: Story, world: World) -> None:
        self._story = story
        self._world = world
        self._rendered: dict[tuple[int, int], str] = {}

    def by_host(self, day: float) -> dict[int, list[str]]:
        """The items of each server that a scan of that day shows."""
        columns, found = self._world.instances, self._world.instances.open_on(day)
        hosts: dict[int, list[str]] = {}
        pairs = zip(
            columns.target[found].tolist(), columns.cluster[found].tolist(), strict=True
        )
        for target, cluster in pairs:
            hosts.setdefault(target, []).append(self._item(cluster, day))
        return hosts

    def _item(self, index: int, day: float) -> str:
        cluster = self._world.clusters[index]
        key = (index, cluster.severity_on(day))
        if key not in self._rendered:
            self._rendered[key] = _render(self._story, cluster, key[1])
        return self._rendered[key]


def _render(story: Story, cluster: Cluster, severity: int) -> str:
    published = story.day_on(cluster.published)
    package, plugin = cluster.package, 200000 + cluster.number
    if package.ecosystem == "kb":
        name, family = (
            f"KB50{cluster.number % 90000:05d}: Windows Server 2022 update",
            ("Windows : Microsoft Bulletins"),
        )
    else:
        name = f"Debian dsa-{5400 + cluster.number} : {package.name} - security update"
        family = "Debian Local Security Checks"
    exploited = (
        f"<cisa-known-exploited>{story.day_on(cluster.opened):%Y/%m/%d}</cisa-known-exploited>"
        "<exploit_available>true</exploit_available>"
        f"<xref>CISA-KNOWN-EXPLOITED:{story.day_on(cluster.opened):%Y/%m/%d}</xref>"
        if cluster.is_exploited
        else ""
    )
    score = (
        cluster.score
        if severity == cluster.severity
        else (9.1 if severity == CRITICAL else 8.1)
    )
    return (
        f'<ReportItem port="0" svc_name="general" protocol="tcp" severity="{severity}" '
        f'pluginID="{plugin}" pluginName={quoteattr(name)} pluginFamily="{family}">'
        f"<risk_factor>{_RISK[severity]}</risk_factor>"
        f"<cvss3_base_score>{score}</cvss3_base_score><cve>{cluster.cve}</cve>"
        f"<patch_publication_date>{published:%Y/%m/%d}</patch_publication_date>"
        f"<plugin_publication_date>{published:%Y/%m/%d}</plugin_publication_date>"
        f"<solution>{escape(f'Upgrade {package.name} to {package.fixed_in(cluster.step)}.')}"
        f"</solution>{exploited}</ReportItem>\n"
    )


def _report(story: Story, company: Company, items: _Items, *, day: float) -> str:
    begun = story.at(day) - timedelta(hours=3)
    by_host = items.by_host(day)
    is_lame = story.is_export_of(day, UNCREDENTIALED)
    parts = [_HEAD]
    for number, server in enumerate(company.servers):
        if not server.is_alive(day):
            continue
        is_blind = is_lame and number in {12, 25}
        found = by_host.get(number, [])
        started = begun + timedelta(minutes=2 * number)
        parts.append(_host(server, started, is_blind=is_blind))
        parts += found[:_FEW] if is_blind else found
        parts.append("</ReportHost>\n")
    parts.append(_TAIL)
    return "".join(parts)


def _host(server: Machine, started: datetime, *, is_blind: bool) -> str:
    ended = started + timedelta(minutes=14)
    system = (
        "Microsoft Windows Server 2022 Datacenter"
        if server.os == "Windows"
        else "Linux Kernel 6.1.0 on Debian 12.5"
    )
    credentialed = "no" if is_blind else "yes"
    tags = {
        "HOST_START": f"{started:%a %b %d %H:%M:%S %Y}",
        "HOST_END": f"{ended:%a %b %d %H:%M:%S %Y}",
        "HOST_START_TIMESTAMP": f"{started.timestamp():.0f}",
        "HOST_END_TIMESTAMP": f"{ended.timestamp():.0f}",
        "host-fqdn": f"{server.hostname}.prod.tidemark.example",
        "host-ip": server.address,
        "mac-address": server.mac,
        "operating-system": system,
        "aws-instance-instanceId": server.instance_id,
        "Credentialed_Scan": "false" if is_blind else "true",
    }
    properties = "".join(f'<tag name="{name}">{value}</tag>\n' for name, value in tags.items())
    return (
        f'<ReportHost name="{server.address}"><HostProperties>\n{properties}</HostProperties>\n'
        '<ReportItem port="0" svc_name="general" protocol="tcp" severity="0" '
        'pluginID="19506" pluginName="Nessus Scan Information" pluginFamily="Settings">'
        "<risk_factor>None</risk_factor><plugin_output>Information about this scan : \n\n"
        "Nessus version : 10.8.3\nScan type : Normal\n"
        "Scan policy used : Servers, credentialed\n"
        f"Credentialed checks : {credentialed}\nScan duration : 840 sec\n"
        "</plugin_output></ReportItem>\n"
    )

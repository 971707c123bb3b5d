"""OSV-Scanner's JSON: one finding for each package and group of ids.

Traps: a group holds the GHSA, GO and RUSTSEC twins of one flaw, so the group counts and not
each id. Paths are absolute and change with the build machine. There is no date of the scan.
``called: false`` says that the code does not reach the flaw; the finding stays.
"""

import os
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from protem.formats.format import ExportFile, Feeds, Format, FormatError
from protem.formats.jsonfile import starts_json, text_of
from protem.formats.jsonviews import ABSENT, ElementOf, decode_views, elements
from protem.formats.purl import package_named
from protem.formats.records import AssetKind, Finding, Record, Scan
from protem.formats.severity import highest, score_of, score_of_vector, severity_of
from protem.formats.skips import Skips
from protem.formats.targets import HERE, is_named, plain_path, split_workspace

TOOL = "osv-scanner"
_EXPECTED = "OSV-Scanner's JSON (osv-scanner --format json)"


class _Source(msgspec.Struct, gc=False):
    path: str | None = None


class _Package(msgspec.Struct, gc=False):
    name: str | None = None
    version: str | None = None
    ecosystem: str | None = None


class _Rating(msgspec.Struct, gc=False):
    score: str | None = None


class _Specific(msgspec.Struct, gc=False):
    severity: str | float | bool | list[Any] | dict[str, Any] | None = None


class _Flaw(msgspec.Struct, gc=False):
    id: str | None = None
    aliases: list[str | None] | None = None
    summary: str | None = None
    severity: list[_Rating | None] | None = None
    database_specific: _Specific | None = None


class _Call(msgspec.Struct, gc=False):
    called: bool | None = None


class _Group(msgspec.Struct, gc=False, rename={"analysis": "experimentalAnalysis"}):
    ids: list[str | None] | None = None
    aliases: list[str | None] | None = None
    max_severity: str | float | None = None
    analysis: dict[str, _Call | None] | None = None


class _Affected(msgspec.Struct, gc=False):
    package: _Package | None = None
    vulnerabilities: list[_Flaw | None] | None = None
    groups: list[_Group | None] | None = None


class _Result(msgspec.Struct, gc=False):
    source: _Source | None = None
    packages: msgspec.Raw = ABSENT


class _Report(msgspec.Struct, gc=False):
    results: msgspec.Raw = ABSENT


_RESULT: ElementOf[_Result | None] = ElementOf(_Result | None)
_AFFECTED: ElementOf[_Affected | None] = ElementOf(_Affected | None)


def sniff(head: bytes) -> bool:
    """Whether it lists results by source and package, or none at all."""
    if not starts_json(head):
        return False
    text = text_of(head)
    plain = "".join(text[:200].split())
    if plain.startswith('{"results":[]'):
        return '"errors"' not in text and '"paths"' not in text
    return plain.startswith('{"results":[{"source":') and '"packages"' in text


def parse(file: ExportFile) -> Iterator[Record]:
    """One ``Scan`` of the checkout, then a finding a package and group."""
    report = decode_views(file, _Report, expected=_EXPECTED)
    where = f"{file.name}, results"
    listed = elements(report.results, _RESULT, where=where, expected=_EXPECTED)
    if listed is None:
        raise FormatError("there are no results", where=file.name, remedy=f"export {_EXPECTED}")
    root, name = _root(_path(result) for result in listed if result is not None)
    has_results = any(result is not None for result in listed)
    target = f"repository:{name}"
    yield Scan(
        tool=TOOL,
        target=target,
        kind=AssetKind.REPOSITORY,
        name=name,
        has_scope_evidence=has_results,
        is_target_known=is_named(target),
    )
    skips = Skips()
    where = f"{file.name}, packages"
    for result in listed:
        if result is None:
            continue
        location = _path(result).removeprefix(root).strip("/")
        packages = elements(result.packages, _AFFECTED, where=where, expected=_EXPECTED)
        for affected in packages or ():
            yield from _findings(target, location, affected or _Affected(), skips)
    yield from skips.records()


def _path(result: _Result) -> str:
    return plain_path((result.source.path if result.source else None) or "")


def _root(paths: Iterable[str]) -> tuple[str, str]:
    """The checkout's folder and its name, from the paths of the lock files in it."""
    workspaces: dict[str, str] = {}
    shared: str | None = None
    for path in paths:
        if within := split_workspace(path):
            name, rest = within
            workspaces.setdefault(name, path[: len(path) - len(rest)])
        folder = path.rpartition("/")[0]
        shared = _common(folder if shared is None else shared, folder)
    if len(workspaces) == 1:
        [(name, root)] = workspaces.items()
        return root, name
    if not shared:
        return "", HERE
    return shared, shared.rstrip("/").rpartition("/")[2] or HERE


def _common(folder: str, other: str) -> str:
    """The deepest folder above both; empty when one of them is not absolute."""
    if folder == other or not folder.startswith("/"):
        return folder if folder.startswith("/") else ""
    return os.path.commonpath([folder, other]) if other.startswith("/") else ""


def _findings(
    target: str, location: str, affected: _Affected, skips: Skips
) -> Iterator[Finding]:
    package = affected.package or _Package()
    flaws = {flaw.id: flaw for flaw in affected.vulnerabilities or () if flaw and flaw.id}
    component = package_named(package.ecosystem or "", package.name or "")
    groups = affected.groups or [_Group(ids=[name]) for name in flaws]
    for group in groups:
        ids = [name for name in (group.ids if group else None) or () if name]
        if group is None or not ids:
            skips.add("a group without ids")
            continue
        members = [flaws[name] for name in ids if name in flaws]
        score = _score(group, members)
        label = next((text for flaw in members if (text := _label(flaw))), "")
        yield Finding(
            target=target,
            vulnerability=ids[0],
            aliases=_aliases(ids, group, members),
            component=component,
            location=location,
            version=package.version or "",
            title=next((flaw.summary for flaw in members if flaw.summary), ""),
            url=f"https://osv.dev/{ids[0]}",
            severity=severity_of(label, score),
            severity_label=label,
            score=score,
            state_reason=_reason(group),
        )


def _score(group: _Group, members: list[_Flaw]) -> float | None:
    given = score_of(group.max_severity)
    if given is not None:
        return given
    return highest(
        score_of_vector(rating.score)
        for flaw in members
        for rating in flaw.severity or ()
        if rating is not None and rating.score
    )


def _label(flaw: _Flaw) -> str:
    """The database's own word; some databases put a list there."""
    label = flaw.database_specific.severity if flaw.database_specific else None
    return label if isinstance(label, str) else ""


def _aliases(ids: list[str], group: _Group, members: list[_Flaw]) -> tuple[str, ...]:
    """Every name of the flaw, each once, in order."""
    told = [alias for flaw in members for alias in flaw.aliases or ()]
    return tuple(dict.fromkeys(name for name in [*ids, *(group.aliases or ()), *told] if name))


def _reason(group: _Group) -> str:
    calls = [call.called for call in (group.analysis or {}).values() if call is not None]
    return "the code does not call it" if calls and not any(calls) else ""


FORMAT = Format(
    name=TOOL,
    title="OSV-Scanner JSON: dependencies of a repository",
    example="osv-scanner scan --format json --output osv.json .",
    feeds=(Feeds.MTTR,),
    sniff=sniff,
    parse=parse,
)

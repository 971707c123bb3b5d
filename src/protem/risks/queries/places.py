"""Where a finding is and who answers for it: the asset's word, else that of its record."""

from dataclasses import dataclass

from protem.ledger.models import AssetRecord


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """The asset of a finding, as lists and pages name it."""

    asset: str
    group: str
    owner: str
    is_exposed: bool
    """A rule says that it is exposed to the internet."""


def place_of(record: AssetRecord, *, stated_owner: str) -> Place:
    """The place of a finding on a record that was read with its asset.

    An owner that a rule gives stands above ``stated_owner``, what a scanner says; that stands
    above what inventories say.
    """
    asset = record.asset
    default = (asset.owner if asset else "") or record.owner
    is_ruled = asset is not None and asset.is_owner_ruled
    return Place(
        asset=asset.name if asset else record.name,
        group=(asset.group if asset else "") or record.group,
        owner=default if is_ruled else stated_owner or default,
        is_exposed=bool(asset and asset.is_internet_exposed),
    )

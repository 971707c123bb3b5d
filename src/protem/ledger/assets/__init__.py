"""The list of assets: filters, order, and what an agent list says of each."""

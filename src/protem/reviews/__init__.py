"""Customers' security reviews: deals, turnaround, how questions were answered."""

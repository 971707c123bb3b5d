"""Certifications and what customers demand of them."""

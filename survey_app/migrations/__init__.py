"""Migrations, applied in numeric order; each is frozen once released."""

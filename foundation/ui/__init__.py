"""Pieces of pages every app uses: tags, paging, filters, charts. Knows no model."""

"""The rosters of the foundation's own tables: people and departments.

Every app declares its rosters in its own `resources.py`. Accounts cannot: they stand below the imports in the order
of the house and must not know them, so their two rosters stand here.
"""

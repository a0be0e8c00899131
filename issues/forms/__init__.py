"""The short form of every verb, and the forms that bring a case in: one module per kind of work."""

"""Which department and which category a case is likely for, learned from the ledger's own history.

Nothing in this package touches the database: `features` says what is looked at, `learning` turns handled cases into a
`model`, which answers in plain Python with the reason. What is stored and shown stands in `issues.suggestions`.
"""

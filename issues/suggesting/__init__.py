"""Which department and which category a case is likely for, learned from the ledger's own history.

`features` says what is looked at, `learning` turns handled cases into a `model`, which answers in plain Python with the
reason: these three never touch the database. `history` reads the handled cases, `suggestions` finds the model in use
and puts its guesses into words, `accuracy` says how right they were.
"""

"""The pages of the ledger, by who opens them."""

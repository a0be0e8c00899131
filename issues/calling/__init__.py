"""Follow-up calls on closed cases: which are drawn, and what the office reads of them."""

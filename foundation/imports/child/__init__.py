"""Parses one spreadsheet in a process of its own; the file is on stdin.

A 1 KB hostile .xls makes the parser ask for 17 GB and abort, so the portal never parses in its own process.
`reader` starts it with the arguments of `answers.main`. Nothing of Django is imported here.
"""

"""Reads the words of one file in a process of its own; the file is on stdin. Nothing of Django is imported here."""

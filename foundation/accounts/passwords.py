"""First passwords: drawn at random, said once, and worth nothing after the first login."""

from __future__ import annotations

import secrets

from django.contrib.auth.hashers import PBKDF2PasswordHasher, get_hasher, make_password

LETTERS = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # none that look alike
LENGTH = 14  # 80 bits
# Many rounds protect passwords that people think of, at half a second each. Against 80 random bits nobody gets through
# two thousand rounds either, and a thousand people's sheet is made in seconds. Whoever logs in with such a password
# has it replaced: by Django, which hashes it anew with all rounds, and then by the password they must choose.
ROUNDS = 2_000


def first_password() -> str:
    """A password for one first login: 14 characters that are easy to read out."""
    return "".join(secrets.choice(LETTERS) for _ in range(LENGTH))


def hash_of_first(password: str) -> str:
    """The hash of a password that `first_password` drew; of no other."""
    hasher = get_hasher()
    if isinstance(hasher, PBKDF2PasswordHasher):
        return hasher.encode(password, hasher.salt(), iterations=ROUNDS)
    return make_password(password)

"""What an action raises when a rule forbids it."""


class Refused(Exception):
    """A rule forbids this: `message` is a Chinese sentence for the person, `code` a stable word for programs."""

    def __init__(self, message: str, *, code: str = "refused") -> None:
        super().__init__(message)
        self.message = str(message)
        self.code = code


class Stale(Refused):
    """Somebody else saved the object since it was read; `current` is the object as it stands now."""

    def __init__(self, current: object) -> None:
        super().__init__("这条记录刚被别人修改过,请对照后重新提交。", code="stale")
        self.current = current

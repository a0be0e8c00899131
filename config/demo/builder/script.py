"""The texts of one case, drawn from its topic and the company's words."""

from __future__ import annotations

from typing import NamedTuple

from config.demo import speech
from config.demo.appeals import Topic
from config.demo.fitting import fitting
from config.demo.text import Filler

TITLE_LIMIT = 80
FITS = 0.8


class Resolved(NamedTuple):
    """How a case was resolved, with the evidence its kind asks for."""

    resolution: str
    text: str
    basis: str = ""
    level: str = ""
    told_way: str = ""


class Script:
    """What the people around one case write."""

    def __init__(self, topic: Topic, place: int, filler: Filler, words: dict[str, str]) -> None:
        self.topic = topic
        self.filler = filler
        self.words = words
        self.rng = filler.rng

        self.place = place
        self.fits = fitting(topic, place)

    def say(self, lines: tuple[str, ...], **more: str) -> str:
        """One of the lines, filled; the words of the case stay as they were drawn."""
        line = lines[int(self.rng.random() * len(lines))]
        return self.filler.fill(line, self.words | more) if "{" in line else line

    def appeal(self, channel: str) -> tuple[str, str]:
        """Title and text as the enterprise, or whoever took it down from this channel, wrote them."""
        title, body = self.topic.appeals[self.place]
        told = self.words["told"] = self.filler.fill(title, self.words)
        body = self.filler.fill(body, self.words)
        headed = self.say(speech.TITLES, title=told)
        opening = self.say(speech.TOLD_BY.get(channel, speech.OPENINGS))
        text = opening + body + self.say(speech.IMPACTS) + self.say(speech.CLOSINGS)
        return (headed if len(headed) <= TITLE_LIMIT else told)[:TITLE_LIMIT], text

    def either(self, fitting: tuple[str, ...], common: tuple[str, ...]) -> str:
        """Mostly a line that fits just this appeal, where there is one."""
        return self.say(fitting if fitting and self.rng.random() < FITS else common)

    def step(self) -> str:
        return self.either(self.fits.steps, speech.COMMON_STEPS)

    def material(self) -> str:
        return self.either(self.fits.materials, speech.COMMON_MATERIALS)

    def first_reply(self) -> str:
        return self.say(speech.FIRST_REPLIES, step=self.step(), next=self.say(speech.NEXT_STEPS))

    def progress(self) -> str:
        return self.say(speech.PROGRESS_REPLIES, step=self.step())

    def question(self) -> str:
        return self.say(speech.QUESTIONS, material=self.material())

    def answer(self) -> str:
        return self.say(speech.ANSWERS, material=self.material())

    def want(self) -> tuple[str, str]:
        """A policy that is missing at a level above the district, and what it ought to say."""
        found = [gap for gap in (*self.fits.gaps, *speech.COMMON_GAPS) if gap[0] != "区"]
        level, gap = self.rng.choice(found)
        return LEVELS[level], gap

    def resolved(self) -> Resolved:
        """Most are solved; some lack a policy, some cannot be solved at all."""
        drawn = self.rng.random()
        if drawn < 0.84:
            policy = self.either(self.fits.policies, speech.COMMON_POLICIES)
            outcome = self.either(self.fits.outcomes, speech.COMMON_OUTCOMES)
            text = self.say(speech.SOLVED_TEXTS, outcome=outcome, policy=policy, step=self.step())
            return Resolved("solved", text, basis=policy)
        if drawn < 0.93:
            level, gap = self.rng.choice(self.fits.gaps or speech.COMMON_GAPS)
            return Resolved("needs_policy", self.say(speech.NEEDS_POLICY_TEXTS, gap=gap), level=LEVELS[level])
        refusal = self.either(self.fits.refusals, speech.COMMON_REFUSALS)
        text = self.say(speech.CANNOT_TEXTS, refusal=refusal)
        return Resolved("cannot", text, told_way=TOLD_WAYS[len(text) % len(TOLD_WAYS)])


TOLD_WAYS = ("visit", "phone", "visit", "letter", "phone")
LEVELS = {"国家": "state", "省": "province", "市": "city", "区": "district"}

"""Everything an appeal can be about, by category."""

from config.demo.appeals.approval import ACCESS, PROJECTS, REGISTRATION
from config.demo.appeals.kinds import Topic
from config.demo.appeals.money import CREDIT, FULFILMENT, TAXES
from config.demo.appeals.order import INSPECTION, JUSTICE, SURROUNDINGS
from config.demo.appeals.production import ELEMENTS, FREIGHT, LABOUR

TOPICS: tuple[Topic, ...] = (
    ELEMENTS,
    CREDIT,
    PROJECTS,
    LABOUR,
    FULFILMENT,
    INSPECTION,
    TAXES,
    SURROUNDINGS,
    REGISTRATION,
    ACCESS,
    JUSTICE,
    FREIGHT,
)
BY_NAME = {topic.name: topic for topic in TOPICS}
# How often each comes up, in the order of TOPICS.
WEIGHTS = (18, 13, 12, 12, 12, 6, 6, 9, 5, 4, 4, 7)

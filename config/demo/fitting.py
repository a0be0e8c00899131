"""Which of a topic's lines speak of the same thing as one of its appeals, by the pairs of characters they share."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from config.demo.appeals.kinds import Topic

_SLOT = re.compile(r"\{[^}]*\}")
_RUN = re.compile(r"[\u4e00-\u9fff]+")
RARE = 3  # a pair in more appeals of a topic than this says nothing
SHARED = 2  # so many rare pairs make two texts kin
_PLAIN_TEXT = """
企业 公司 我公 已完 完成 园区 协调 没有 要求 申请 办理 提供 时间 影响 生产 万元 费用 工业 调整 设施
机制 项目 资金 单位 已经 相关 材料 安排 组织 现场 问题 情况 需要 明确 建议 处理 部门 使用 工作 进行
制定 规定 统一 标准 按计 计划 无法 已与 反映 意见 一次 业用 整为 有限 不符 条件 符合 说明 已向 业说
告知 增加 建立 业务 经营 通过
"""
_PLAIN = frozenset(_PLAIN_TEXT.split())  # said of anything


class Fitting(NamedTuple):
    """The lines of a topic that suit one appeal; any of them may be empty."""

    steps: tuple[str, ...]
    outcomes: tuple[str, ...]
    policies: tuple[str, ...]
    gaps: tuple[tuple[str, str], ...]
    refusals: tuple[str, ...]
    materials: tuple[str, ...]


@cache
def fitting(topic: Topic, place: int) -> Fitting:
    """What suits the appeal at this place of the topic."""
    title, body = topic.appeals[place]
    rare = {pair for pair in _pairs(title, body) if _frequency(topic)[pair] <= RARE} - _PLAIN

    def kin(lines: Iterable[str]) -> tuple[str, ...]:
        return tuple(line for line in lines if len(rare & _pairs(line)) >= SHARED)

    return Fitting(
        kin(topic.steps),
        kin(topic.outcomes),
        kin(topic.policies),
        tuple(gap for gap in topic.gaps if kin([gap[1]])),
        kin(topic.refusals),
        kin(topic.materials),
    )


@cache
def _frequency(topic: Topic) -> Counter[str]:
    """In how many appeals of a topic each pair occurs."""
    return Counter(pair for title, body in topic.appeals for pair in _pairs(title, body))


def _pairs(*texts: str) -> set[str]:
    """Every two neighbouring characters, slots left out."""
    runs = _RUN.findall(_SLOT.sub(" ", "。".join(texts)))
    return {run[at : at + 2] for run in runs for at in range(len(run) - 1)}

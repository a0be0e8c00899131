"""Which department an appeal is for, by the words of its title; what matches nothing goes to the category's own."""

from __future__ import annotations

from functools import cache

from config.demo.appeals.kinds import Topic

TOWN = "TOWN"  # the town in which the enterprise lies
PARK = "PARK"  # the park in which it lies, or else the town

_TABLE = """
要素保障 PARK: 充电桩 光缆 标准厂房
要素保障 GXJ: 压缩空气 危化品
要素保障 FGW: 用能
要素保障 XFD: 消防
要素保障 HBJ: 固废
要素保障 RQG: 天然气 蒸汽
要素保障 SWG: 供水 污水 水价 用水
要素保障 ZRJ: 用地 土地 厂房
要素保障 ZJJ: 内涝 管线
要素保障 GDG: 千伏 停电 用电 变压器 双回路 光伏 供电
融资服务 CZJ: 拖欠 贴息 担保费
融资服务 JRB: *
项目审批 FGW: 能评 项目代码
项目审批 XFD: 消防
项目审批 YJJ: 安全预评价 应急预案
项目审批 SCJ: 特种设备
项目审批 SLJ: 水土保持 取水
项目审批 CGJ: 占道 绿化
项目审批 HBJ: 环评
项目审批 ZRJ: 规划 容积率 红线 用林 地质灾害 临时建筑 多测合一 区域评估
项目审批 ZJJ: 施工 竣工 雷电
项目审批 SPJ: *
人才用工 JTY: 子女 托育
人才用工 ZJJ: 宿舍 人才公寓 公积金
人才用工 JTJ: 公交 班车
人才用工 WJW: 职业病
人才用工 GAF: 落户 外籍
人才用工 RSJ: *
政策兑现 KJJ: 高新 研发 专利 科技 首批次
政策兑现 SWJ: 招商 租金 出口 参展 物流 跨区
政策兑现 CZJ: 冻结 股权 延期付款 免申即享 用地
政策兑现 FGW: 节能 惠企政策文件 基金
政策兑现 GXJ: *
涉企检查 HBJ: 环保
涉企检查 XFD: 消防
涉企检查 YJJ: 安全 夜间 整改
涉企检查 SFJ: 罚款 证件 执法 行政指导 信用 频次
涉企检查 TOWN: 网格员
涉企检查 SCJ: *
税费征管 RSJ: 社保费 残疾人
税费征管 CZJ: 返还承诺
税费征管 SHW: *
周边环境 CGJ: 占道 垃圾
周边环境 PARK: 物业 公共厕所 流浪犬 路灯
周边环境 HBJ: 异味 油烟 养殖 邻近企业
周边环境 ZJJ: 工地 道路施工 外墙 污水
周边环境 SLJ: 河道 沟渠 边坡 排水渠
周边环境 GAF: 强行 治安 高空抛物
周边环境 TOWN: 村民 边界 小区
周边环境 CGJ: *
不动产登记 ZRJ: 土地 宗地 界址 出让金 用地
不动产登记 BDC: *
市场准入 YJJ: 危险化学品 特种作业
市场准入 HBJ: 排污
市场准入 JTJ: 道路运输
市场准入 RSJ: 人力资源
市场准入 SCJ: 食品 商标 计量 广告 药品 异常名录 检验 团体标准 医疗器械 直播
市场准入 SWJ: 外商
市场准入 SPJ: *
法治保障 GAF: 诈骗 商业秘密 谣言 涉黑 安全案件 印章 扣押 财务数据
法治保障 SCJ: 商标 专利 冒用
法治保障 RSJ: 劳动 农民工
法治保障 SFJ: *
物流交通 GAF: 限行 红绿灯 路权 被罚 通行证
物流交通 PARK: 园区内部 如厕
物流交通 CGJ: 绿化 渣土 人行道
物流交通 SWJ: 跨境 堆场 快递
物流交通 JTJ: *
"""


def _routes() -> dict[str, list[tuple[str, str]]]:
    """Category → (word, department), in the order of the table."""
    found: dict[str, list[tuple[str, str]]] = {}
    for line in _TABLE.strip().splitlines():
        head, words = line.split(": ")
        category, code = head.split()
        found.setdefault(category, []).extend((word, code) for word in words.split())
    return found


_ROUTES = _routes()


@cache
def route(topic: Topic, place: int) -> str:
    """The code of the department that handles the appeal at this place of a topic."""
    title = topic.appeals[place][0]
    return next((code for word, code in _ROUTES[topic.name] if word == "*" or word in title), topic.departments[0])


def usual(category: str) -> str:
    """The code of the department for which a category is, where one stands out; else nothing."""
    found = _ROUTES.get(category, [])
    return next((code for word, code in found if word == "*"), found[-1][1] if found else "")


@cache
def places_for(topic: Topic, code: str) -> tuple[int, ...]:
    """The appeals of a topic that are this department's."""
    return tuple(place for place in range(len(topic.appeals)) if route(topic, place) == code)

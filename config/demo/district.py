"""The invented district 青岭区: its departments, towns, parks, roads and banks. None of these places exists."""

from typing import NamedTuple

NAME = "青岭区"
CITY = "澜州市"
AREA_CODE = "998826"  # no administrative division of China begins with 99


class Unit(NamedTuple):
    """One department, town or park; `kind` is district, bureau, town or park."""

    code: str
    name: str
    kind: str
    short: str = ""


DISTRICT = Unit("QL", NAME, "district", "青岭区")

DEPARTMENTS = (
    Unit("QWB", "区委办公室", "bureau", "区委办"),
    Unit("ZFB", "区政府办公室", "bureau", "区政府办"),
    Unit("QFB", "企业服务办公室", "bureau", "企服办"),
    Unit("DDZ", "区督导组", "bureau", "督导组"),
    Unit("FGW", "区发展和改革委员会", "bureau", "区发改委"),
    Unit("GXJ", "区工业和信息化局", "bureau", "区工信局"),
    Unit("SWJ", "区商务局", "bureau", "区商务局"),
    Unit("JRB", "区金融工作办公室", "bureau", "区金融办"),
    Unit("CZJ", "区财政局", "bureau", "区财政局"),
    Unit("SHW", "区税务局", "bureau", "区税务局"),
    Unit("RSJ", "区人力资源和社会保障局", "bureau", "区人社局"),
    Unit("ZRJ", "区自然资源局", "bureau", "区自然资源局"),
    Unit("ZJJ", "区住房和城乡建设局", "bureau", "区住建局"),
    Unit("HBJ", "区生态环境局", "bureau", "区生态环境局"),
    Unit("SCJ", "区市场监督管理局", "bureau", "区市场监管局"),
    Unit("SPJ", "区行政审批局", "bureau", "区行政审批局"),
    Unit("JTJ", "区交通运输局", "bureau", "区交通局"),
    Unit("SLJ", "区水利局", "bureau", "区水利局"),
    Unit("KJJ", "区科学技术局", "bureau", "区科技局"),
    Unit("JTY", "区教育体育局", "bureau", "区教体局"),
    Unit("WJW", "区卫生健康委员会", "bureau", "区卫健委"),
    Unit("YJJ", "区应急管理局", "bureau", "区应急局"),
    Unit("GAF", "区公安分局", "bureau", "区公安分局"),
    Unit("SFJ", "区司法局", "bureau", "区司法局"),
    Unit("CGJ", "区城市管理局", "bureau", "区城管局"),
    Unit("NYJ", "区农业农村局", "bureau", "区农业农村局"),
    Unit("BDC", "区不动产登记中心", "bureau", "区不动产中心"),
    Unit("XFD", "区消防救援大队", "bureau", "区消防大队"),
    Unit("GDG", "区供电公司", "bureau", "区供电公司"),
    Unit("SWG", "区水务公司", "bureau", "区水务公司"),
    Unit("RQG", "区燃气公司", "bureau", "区燃气公司"),
)

TOWNS = (
    Unit("BLJ", "北岭街道", "town"),
    Unit("NGJ", "南关街道", "town"),
    Unit("CXJ", "城西街道", "town"),
    Unit("HXJ", "河西街道", "town"),
    Unit("QXZ", "清溪镇", "town"),
    Unit("SQZ", "石桥镇", "town"),
    Unit("YTZ", "云台镇", "town"),
    Unit("LGZ", "临港镇", "town"),
)

PARKS = (
    Unit("GXY", "高新产业园", "park"),
    Unit("LGY", "临港物流园", "park"),
    Unit("YYY", "生物医药园", "park"),
    Unit("CNY", "城南工业园", "park"),
)

PARK_TOWN = {"GXY": "BLJ", "LGY": "LGZ", "YYY": "YTZ", "CNY": "NGJ"}

# Units that answer to nobody in the ledger: they lead, intake or supervise, and get no appeals to handle.
STAFF_UNITS = {"QWB", "ZFB", "QFB", "DDZ"}

LEADERS = (
    "区委副书记、区长",
    "区委常委、常务副区长",
    "副区长(工业)",
    "副区长(商贸招商)",
    "副区长(城建交通)",
    "副区长(农业水利)",
    "副区长(社会事业)",
    "区政协副主席",
    "区人大常委会副主任",
    "高新产业园党工委书记",
)

POSTS = ("科员", "科员", "四级主任科员", "三级主任科员", "二级主任科员", "股长", "副科长", "科长", "副主任")

ROADS = {
    "BLJ": ("北环路", "青岭大道", "创新一路", "创新三路", "高新大道", "北岭路"),
    "NGJ": ("城南大道", "工业一路", "工业二路", "工业五路", "南关街", "兴工路"),
    "CXJ": ("西城路", "文昌路", "人民西路", "槐荫街", "西城二路"),
    "HXJ": ("滨河西路", "河西大道", "澜江路", "柳堤路"),
    "QXZ": ("清溪大街", "溪南路", "老窑路", "清石公路"),
    "SQZ": ("石桥大街", "桥东路", "石桥工业路", "青石路"),
    "YTZ": ("云台大道", "康健路", "药谷一路", "药谷二路", "云顶路"),
    "LGZ": ("临港大道", "港前路", "疏港路", "仓储一路", "仓储二路"),
}

BANKS = ("青岭农商银行", "澜州银行青岭支行", "某国有大行青岭支行", "某股份制银行澜州分行", "青岭村镇银行")

VILLAGES = ("周家湾村", "上坪村", "柳树村", "石岩村", "新河村", "槐树坪村", "大塘村", "马家桥社区", "北岭社区")

UNITS = (DISTRICT, *DEPARTMENTS, *TOWNS, *PARKS)
